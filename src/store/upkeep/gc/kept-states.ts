/**
 * Which states keep their bytes whatever they weigh, and why: somebody named them, a recent run has them, something
 * goes on from them, or nobody can be sure that they come out the same again.
 */
import { mayBeAlive } from '../../coordination/owner.ts';
import type { SqliteDatabase } from '../../database/database.ts';
import { type BytesThere, notRepeatable } from './repeatable-states.ts';

/** The first reason that holds is told. */
export const KEPT_BECAUSE = [
  'pinned',
  'tagged',
  'running',
  'recent',
  'branched',
  'unfinished',
  'unproven',
  'irreplaceable',
] as const;
export type KeptBecause = (typeof KEPT_BECAUSE)[number];

export interface KeptOptions extends BytesThere {
  /** So many of the latest runs of each pipeline keep their states. */
  readonly keepRuns: number;
}

/** By the ids of states. */
export function keptStates(db: SqliteDatabase, options: KeptOptions): ReadonlyMap<number, KeptBecause> {
  const { unproven, irreplaceable } = notRepeatable(db, options);
  const found: Readonly<Record<KeptBecause, Iterable<number>>> = {
    pinned: ids(db, PINNED),
    tagged: ids(db, TAGGED),
    running: ids(db, OF_RUNS, JSON.stringify(openRuns(db))),
    recent: ids(db, OF_RUNS, JSON.stringify(ids(db, RECENT, options.keepRuns))),
    branched: ids(db, BRANCHED),
    unfinished: ids(db, UNFINISHED),
    unproven,
    irreplaceable,
  };
  const kept = new Map<number, KeptBecause>();
  for (const because of KEPT_BECAUSE)
    for (const state of found[because]) if (!kept.has(state)) kept.set(state, because);
  return kept;
}

function ids(db: SqliteDatabase, sql: string, ...params: readonly (string | number)[]): readonly number[] {
  return db
    .prepare<(string | number)[], number>(sql)
    .pluck()
    .all(...params);
}

const OF_RUNS = `SELECT DISTINCT v.state FROM json_each(?) j CROSS JOIN visit v ON v.run = j.value WHERE v.state IS NOT NULL`;

const PINNED = `SELECT state FROM state_pin
  UNION SELECT v.state FROM run_pin p JOIN visit v ON v.run = p.run WHERE v.state IS NOT NULL`;

/** The tags that restage itself gives to the runs of an experiment name what is in the table of its branches anyway. */
const TAGGED = `SELECT state FROM state_tag WHERE given = 1
  UNION SELECT v.state FROM run_tag t JOIN name n ON n.id = t.tag JOIN visit v ON v.run = t.run
  WHERE v.state IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM study_branch b JOIN study s ON s.run = b.study JOIN name m ON m.id = s.name
    WHERE b.run = t.run AND (n.text = m.text OR substr(n.text, 1, length(m.text) + 1) = m.text || '/'))`;

/**
 * An experiment counts as one run of its pipeline: the one that made the states of all branches. By when they began: a
 * run that came from another cache has a later number.
 */
const RECENT = `SELECT id FROM (
    SELECT r.id, row_number() OVER (PARTITION BY r.pipeline, r.source ORDER BY r.started_at DESC, r.id DESC) AS place
    FROM run r
    WHERE NOT EXISTS (SELECT 1 FROM study_branch b WHERE b.run = r.id)
      AND r.id NOT IN (SELECT x.run FROM run_removal x))
  WHERE place <= ?`;

/** What a branch goes on from: the state that it was branched off, and all that its nodes took of the run before. */
const BRANCHED = `SELECT v.state FROM run_origin o JOIN visit v ON v.run = o.parent AND v.node = o.node WHERE v.state IS NOT NULL
  UNION SELECT i.producer FROM run_origin o JOIN visit own ON own.run = o.run JOIN state_input i ON i.state = own.state
  WHERE i.producer IN (SELECT state FROM visit WHERE run = o.parent)
    AND own.state NOT IN (SELECT state FROM visit WHERE run = o.parent AND state IS NOT NULL)`;

/** An experiment of which nodes are missing is continued from the states that its branches have. */
const UNFINISHED = `SELECT u.state FROM study_branch_state u JOIN study s ON s.run = u.study
  WHERE s.run = (SELECT l.run FROM study l JOIN run r ON r.id = l.run WHERE l.name = s.name
    ORDER BY r.started_at DESC, r.id DESC LIMIT 1)`;

/** Of runs whose process may be alive: nobody can ask about one on another host. */
function openRuns(db: SqliteDatabase): readonly number[] {
  return db
    .prepare<[], { id: number; owner: string }>(
      'SELECT id, owner FROM run WHERE NOT EXISTS (SELECT 1 FROM run_end e WHERE e.run = run.id)',
    )
    .all()
    .flatMap(({ id, owner }) => (mayBeAlive(owner) ? [id] : []));
}

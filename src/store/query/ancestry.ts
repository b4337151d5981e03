/**
 * Reading whole lineages: all states above or below some states, and what is on record of many states at once. Each
 * level and each kind of row is one query, so the time grows with the number of states that are reached, and with
 * nothing else.
 */
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import type { Field } from '../../core/identity/cache-key.ts';
import { blobOf } from '../database/blobs.ts';
import type { Queries } from '../database/statements.ts';
import type { RunResult } from '../record/facts.ts';

/** A state with the attempt that made it. */
export interface MadeState {
  /** Id of its row. A producer's is always less than that of a state that takes its outputs. */
  readonly id: number;
  readonly key: CacheKey;
  readonly stage: string;
  readonly code: Digest;
  readonly attempt: number;
  readonly run: number;
  readonly node: string;
  readonly worker: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly seconds: number;
  /** Backend, its version and its device. */
  readonly compute: string | null;
}

/** Where an input came from; `producer` is the id of a state, null for a file of the user's. */
export interface InputOfState {
  readonly slot: string;
  readonly index: number | null;
  readonly digest: Digest;
  readonly bytes: number;
  readonly producer: number | null;
  readonly output: string | null;
  readonly path: string | null;
}

export interface OutputOfState {
  readonly name: string;
  readonly kind: string;
  readonly digest: Digest;
  readonly bytes: number;
}

/** Rows of states by the states' ids. */
export type ByState<T> = ReadonlyMap<number, readonly T[]>;

export class AncestryReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** These states and all that they were made of, in an order in which producers come first. */
  above(states: Iterable<number>): readonly number[] {
    return this.#ids(
      `WITH RECURSIVE above (state) AS (
         SELECT value FROM json_each(?)
         UNION SELECT i.producer FROM above a JOIN state_input i ON i.state = a.state WHERE i.producer IS NOT NULL)
       SELECT state FROM above ORDER BY state`,
      states,
    );
  }

  /**
   * These states and all that was made of them, in an order in which producers come first. A state names the producer
   * of its own time: it was made of another state of the same stage as well, if that has the same bytes.
   */
  below(states: Iterable<number>): readonly number[] {
    return this.#ids(
      `WITH RECURSIVE below (state) AS (
         SELECT value FROM json_each(?)
         UNION SELECT i.state FROM below b CROSS JOIN state s ON s.id = b.state CROSS JOIN state_output o ON o.state = s.id
           CROSS JOIN state_input i ON i.artifact = o.artifact CROSS JOIN state p ON p.id = i.producer AND p.stage = s.stage)
       SELECT state FROM below ORDER BY state`,
      states,
    );
  }

  /** The states that took an artifact as an input, whoever made it. */
  takers(digest: Digest): readonly number[] {
    return this.#queries
      .all<{ state: number }>(
        'SELECT DISTINCT i.state FROM artifact a JOIN state_input i ON i.artifact = a.id WHERE a.digest = ? ORDER BY i.state',
        blobOf(digest),
      )
      .map(({ state }) => state);
  }

  /** The states that have an artifact as an output, newest first. */
  makers(digest: Digest): readonly { readonly state: number; readonly output: string }[] {
    return this.#queries.all(
      `SELECT o.state, n.text AS output FROM artifact a JOIN state_output o ON o.artifact = a.id JOIN name n ON n.id = o.name
       WHERE a.digest = ? ORDER BY o.state DESC, n.text`,
      blobOf(digest),
    );
  }

  /** The states that a stage's code made. */
  ofCode(digest: Digest): readonly number[] {
    return this.#queries
      .all<{ id: number }>(
        'SELECT s.id FROM code c JOIN state s ON s.stage = c.stage AND s.code = c.id WHERE c.digest = ? ORDER BY s.id',
        blobOf(digest),
      )
      .map(({ id }) => id);
  }

  /** Stages whose recorded sources include a file of this content, with the file's path. */
  sourceOf(digest: Digest): readonly { readonly code: Digest; readonly stage: string; readonly path: string }[] {
    return this.#queries.all(
      `SELECT lower(hex(c.digest)) AS code, n.text AS stage, s.path
       FROM artifact a JOIN code_source s ON s.artifact = a.id JOIN code c ON c.id = s.code JOIN name n ON n.id = c.stage
       WHERE a.digest = ? ORDER BY c.id DESC`,
      blobOf(digest),
    );
  }

  /** The results of the latest runs, newest first, by the ids of their states. */
  results(runs: number): readonly (RunResult & { readonly run: number; readonly state: number })[] {
    return this.#queries.all(
      `SELECT r.run, g.text AS name, m.text AS node, n.text AS output, v.state
       FROM (SELECT id FROM run ORDER BY id DESC LIMIT ?) l CROSS JOIN run_result r ON r.run = l.id
       CROSS JOIN visit v ON v.run = r.run AND v.node = r.node AND v.state IS NOT NULL
       JOIN name g ON g.id = r.name JOIN name m ON m.id = r.node JOIN name n ON n.id = r.output
       ORDER BY l.id DESC, r.position`,
      runs,
    );
  }

  /** The stages of a run's nodes that have a state, in the order of the alphabet. */
  stagesOf(run: number): readonly string[] {
    return this.#queries
      .all<{ stage: string }>(
        `SELECT DISTINCT g.text AS stage FROM visit v JOIN state s ON s.id = v.state JOIN name g ON g.id = s.stage WHERE v.run = ?`,
        run,
      )
      .map(({ stage }) => stage)
      .sort();
  }

  /** In the order of their ids. */
  states(ids: Iterable<number>): readonly MadeState[] {
    return this.#queries.all(
      `SELECT s.id, lower(hex(s.key)) AS key, g.text AS stage, lower(hex(c.digest)) AS code, s.attempt, t.run, m.text AS node,
         w.text AS worker, t.started_at AS startedAt, s.seconds, k.text AS compute
       FROM json_each(?) j CROSS JOIN state s ON s.id = j.value JOIN name g ON g.id = s.stage JOIN code c ON c.id = s.code
       JOIN attempt t ON t.id = s.attempt JOIN name m ON m.id = t.node JOIN name w ON w.id = t.worker
       LEFT JOIN attempt_end e ON e.attempt = t.id LEFT JOIN name k ON k.id = e.compute ORDER BY s.id`,
      listOf(ids),
    );
  }

  inputs(ids: Iterable<number>): ByState<InputOfState> {
    const rows = this.#queries.all<Omit<InputOfState, 'index'> & { readonly position: number; readonly state: number }>(
      `SELECT i.state, n.text AS slot, i.position, lower(hex(a.digest)) AS digest, a.bytes, i.producer, o.text AS output, i.path
       FROM json_each(?) j CROSS JOIN state_input i ON i.state = j.value JOIN name n ON n.id = i.slot
       JOIN artifact a ON a.id = i.artifact LEFT JOIN name o ON o.id = i.output ORDER BY i.state, n.text, i.position`,
      listOf(ids),
    );
    return grouped(rows, ({ slot, position, digest, bytes, producer, output, path }) => {
      return { slot, index: position < 0 ? null : position, digest, bytes, producer, output, path };
    });
  }

  outputs(ids: Iterable<number>): ByState<OutputOfState> {
    const rows = this.#queries.all<OutputOfState & { readonly state: number }>(
      `SELECT o.state, n.text AS name, k.text AS kind, lower(hex(a.digest)) AS digest, a.bytes
       FROM json_each(?) j CROSS JOIN state_output o ON o.state = j.value JOIN name n ON n.id = o.name
       JOIN name k ON k.id = o.kind JOIN artifact a ON a.id = o.artifact ORDER BY o.state, n.text`,
      listOf(ids),
    );
    return grouped(rows, ({ name, kind, digest, bytes }) => ({ name, kind, digest, bytes }));
  }

  /** The fields of their keys without those of inputs. Equal values are read once. */
  fields(ids: Iterable<number>): ByState<Field> {
    const rows = this.#queries.all<{ readonly state: number; readonly name: number; readonly value: number }>(
      `SELECT f.state, f.name, f.value FROM json_each(?) j CROSS JOIN state_field f ON f.state = j.value`,
      listOf(ids),
    );
    const names = new Map(
      this.#queries
        .all<{ id: number; text: string }>(
          `SELECT n.id, n.text FROM json_each(?) j CROSS JOIN name n ON n.id = j.value WHERE n.text NOT LIKE 'in.%'`,
          listOf(new Set(rows.map(({ name }) => name))),
        )
        .map(({ id, text }) => [id, text]),
    );
    const told = rows.filter(({ name }) => names.has(name));
    const values = new Map(
      this.#queries
        .all<{ id: number; digest: Digest; preview: string }>(
          `SELECT v.id, lower(hex(v.digest)) AS digest, v.preview FROM json_each(?) j CROSS JOIN field_value v ON v.id = j.value`,
          listOf(new Set(told.map(({ value }) => value))),
        )
        .map(({ id, digest, preview }) => [id, { digest, preview }]),
    );
    // One object for each value, however many states have it.
    const known = new Map<string, Field>();
    return grouped(told, ({ name, value }) => {
      const key = `${name} ${value}`;
      const field = known.get(key) ?? { name: names.get(name)!, ...values.get(value)! };
      known.set(key, field);
      return field;
    });
  }

  #ids(sql: string, states: Iterable<number>): readonly number[] {
    return this.#queries.all<{ state: number }>(sql, listOf(states)).map(({ state }) => state);
  }
}

function listOf(ids: Iterable<number>): string {
  return JSON.stringify([...ids]);
}

function grouped<Row extends { readonly state: number }, T>(rows: readonly Row[], read: (row: Row) => T): ByState<T> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(row.state);
    if (group === undefined) groups.set(row.state, [read(row)]);
    else group.push(read(row));
  }
  return groups;
}

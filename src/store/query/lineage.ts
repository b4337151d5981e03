/**
 * Reading lineage, one step up or down: where a state's inputs came from, who takes its outputs, who makes an artifact.
 */
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import { blobOf } from '../database/blobs.ts';
import type { Queries } from '../database/statements.ts';

export interface InputRecord {
  readonly slot: string;
  readonly index: number | null;
  readonly digest: Digest;
  readonly bytes: number;
  readonly from:
    | { readonly state: CacheKey; readonly stage: string; readonly node: string; readonly output: string }
    | { readonly path: string };
}

/** An end of an edge between states: who makes or takes an artifact. */
export interface StateEnd {
  readonly state: CacheKey;
  readonly stage: string;
  readonly node: string;
  readonly slot: string;
  readonly kind: string | null;
}

export class LineageReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** Where the state's inputs came from: one step up. */
  inputs(state: number): readonly InputRecord[] {
    return this.#queries
      .all<InputRow>(`SELECT ${INPUT} WHERE i.state = ? ORDER BY n.text, i.position`, state)
      .map(inputRecord);
  }

  /** The inputs of all states that a run's nodes came to, by the state's row. */
  inputsOfRun(run: number): ReadonlyMap<number, readonly InputRecord[]> {
    const inputs = new Map<number, InputRecord[]>();
    const rows = this.#queries.all<InputRow & { readonly state: number }>(
      `SELECT DISTINCT i.state, ${INPUT} JOIN visit v ON v.state = i.state WHERE v.run = ? ORDER BY i.state, n.text, i.position`,
      run,
    );
    for (const { state, ...row } of rows) {
      const known = inputs.get(state);
      if (known === undefined) inputs.set(state, [inputRecord(row)]);
      else known.push(inputRecord(row));
    }
    return inputs;
  }

  /** Which states took an output of this one: one step down. */
  consumers(state: number, limit: number): readonly StateEnd[] {
    return this.#queries.all(
      `SELECT DISTINCT lower(hex(s.key)) AS state, g.text AS stage, m.text AS node, n.text AS slot, NULL AS kind
       FROM state_input i JOIN state s ON s.id = i.state JOIN name g ON g.id = s.stage JOIN name n ON n.id = i.slot
       JOIN attempt t ON t.id = s.attempt JOIN name m ON m.id = t.node
       WHERE i.producer = ? ORDER BY s.id LIMIT ?`,
      state,
      limit,
    );
  }

  /** Of the newest states, the latest that read the file at this path, and with which content. */
  readAt(path: string, states: number): { readonly node: string; readonly digest: Digest } | undefined {
    return this.#queries.get(
      `SELECT m.text AS node, lower(hex(a.digest)) AS digest
       FROM (SELECT id, attempt FROM state ORDER BY id DESC LIMIT ?) s CROSS JOIN state_input i ON i.state = s.id AND i.path = ?
       JOIN artifact a ON a.id = i.artifact JOIN attempt t ON t.id = s.attempt JOIN name m ON m.id = t.node
       ORDER BY s.id DESC LIMIT 1`,
      states,
      path,
    );
  }

  /** Which states have this artifact as an output, under which name. */
  producers(digest: Digest, limit: number): readonly StateEnd[] {
    return this.#queries.all(
      `SELECT lower(hex(s.key)) AS state, g.text AS stage, m.text AS node, n.text AS slot, k.text AS kind
       FROM artifact a JOIN state_output o ON o.artifact = a.id JOIN state s ON s.id = o.state
       JOIN name g ON g.id = s.stage JOIN name n ON n.id = o.name JOIN name k ON k.id = o.kind
       JOIN attempt t ON t.id = s.attempt JOIN name m ON m.id = t.node
       WHERE a.digest = ? ORDER BY s.id LIMIT ?`,
      blobOf(digest),
      limit,
    );
  }
}

const INPUT = `n.text AS slot, i.position, lower(hex(a.digest)) AS digest, a.bytes, i.path,
  nullif(lower(hex(p.key)), '') AS producer, g.text AS stage, m.text AS node, o.text AS output
  FROM state_input i JOIN name n ON n.id = i.slot JOIN artifact a ON a.id = i.artifact
  LEFT JOIN state p ON p.id = i.producer LEFT JOIN name g ON g.id = p.stage LEFT JOIN name o ON o.id = i.output
  LEFT JOIN attempt t ON t.id = p.attempt LEFT JOIN name m ON m.id = t.node`;

interface InputRow {
  readonly slot: string;
  readonly position: number;
  readonly digest: Digest;
  readonly bytes: number;
  readonly path: string | null;
  readonly producer: CacheKey | null;
  readonly stage: string | null;
  readonly node: string | null;
  readonly output: string | null;
}

function inputRecord({ slot, position, digest, bytes, path, producer, stage, node, output }: InputRow): InputRecord {
  return {
    slot,
    index: position < 0 ? null : position,
    digest,
    bytes,
    from: producer === null ? { path: path ?? '' } : { state: producer, stage: stage!, node: node!, output: output! },
  };
}

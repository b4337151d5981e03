/** Reading equivalences: keys that a person has declared to mean a state on record, with their ends and checks. */
import type { Field, FieldChange } from '../../core/identity/cache-key.ts';
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import { blobOf } from '../database/blobs.ts';
import type { Queries } from '../database/statements.ts';
import type { EquivalenceKind, StateInput, VerdictName } from '../record/facts.ts';
import type { PipelineId } from './runs.ts';
import type { StateRow } from './states.ts';

export interface EquivalenceCheck {
  readonly at: number;
  readonly verdict: VerdictName;
  /** What differed, as it was recorded. */
  readonly detail: unknown;
}

/** Why an equivalence is over: a person revoked it, or a state was made for the key itself. */
export type EquivalenceEnd =
  | { readonly how: 'revoked'; readonly at: number; readonly user: string | null; readonly message: string }
  | { readonly how: 'made'; readonly at: number; readonly state: CacheKey };

export interface EquivalenceRecord {
  readonly id: number;
  readonly kind: EquivalenceKind;
  /** The cache key that means the state. */
  readonly key: CacheKey;
  readonly state: CacheKey;
  readonly node: string;
  readonly stage: string;
  readonly pipeline: PipelineId;
  readonly code: Digest;
  readonly message: string;
  readonly tolerance: { readonly relative: number; readonly ulp: number };
  readonly at: number;
  /** Null where the system does not know. */
  readonly user: string | null;
  readonly host: string;
  /** Null while it is in force. */
  readonly end: EquivalenceEnd | null;
  /** What came of executing what the key stands for; the latest first. */
  readonly checks: readonly EquivalenceCheck[];
}

/** What the key of an equivalence was made of. */
export interface EquivalentWork {
  readonly fields: readonly Field[];
  /** Null if they are those of the state. */
  readonly inputs: readonly StateInput[] | null;
}

/** A state that a key means, and the row of the equivalence that says so. */
export interface EquivalentState {
  readonly equivalence: number;
  readonly state: StateRow;
}

const IN_FORCE = 'NOT EXISTS (SELECT 1 FROM equivalence_end d WHERE d.equivalence = e.id)';

export class EquivalenceReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** Whether there ever was one: most caches have none. */
  any(): boolean {
    return this.#queries.get('SELECT 1 FROM equivalence LIMIT 1') !== undefined;
  }

  /** How many are over. What was concluded from one of them is void from then on. */
  ended(): number {
    return this.#queries.get<{ n: number }>('SELECT count(*) AS n FROM equivalence_end')!.n;
  }

  /** The same by the stage of their nodes. */
  endedByStage(): ReadonlyMap<string, number> {
    const rows = this.#queries.all<{ stage: string; n: number }>(
      `SELECT n.text AS stage, count(*) AS n FROM equivalence_end d JOIN equivalence e ON e.id = d.equivalence
       JOIN name n ON n.id = e.stage GROUP BY e.stage`,
    );
    return new Map(rows.map(({ stage, n }) => [stage, n]));
  }

  /** The state that the key means by an equivalence in force. */
  byKey(key: CacheKey): EquivalentState | undefined {
    const row = this.#queries.get<StateRow & { readonly equivalence: number }>(
      `SELECT e.id AS equivalence, s.id, lower(hex(s.key)) AS key, s.seconds, s.objects
       FROM equivalence e JOIN state s ON s.id = e.state WHERE e.key = ? AND ${IN_FORCE} ORDER BY e.id DESC LIMIT 1`,
      blobOf(key),
    );
    if (row === undefined) return undefined;
    const { equivalence, ...state } = row;
    return { equivalence, state };
  }

  /** Whether a person has taken back that the key means this state. */
  wasRevoked(key: CacheKey, state: number): boolean {
    const found = this.#queries.get(
      `SELECT 1 FROM equivalence e JOIN equivalence_end d ON d.equivalence = e.id
       WHERE e.key = ? AND e.state = ? AND d.made IS NULL`,
      blobOf(key),
      state,
    );
    return found !== undefined;
  }

  /** Of these states, those that other keys mean as well. */
  among(states: Iterable<number>): ReadonlySet<number> {
    const rows = this.#queries.all<{ state: number }>(
      `SELECT DISTINCT e.state FROM json_each(?) j CROSS JOIN equivalence e ON e.state = j.value WHERE ${IN_FORCE}`,
      JSON.stringify([...states]),
    );
    return new Set(rows.map(({ state }) => state));
  }

  get(id: number): EquivalenceRecord | undefined {
    return this.#records('e.id = ?', id)[0];
  }

  /** The latest first. */
  list(limit = Number.MAX_SAFE_INTEGER): readonly EquivalenceRecord[] {
    return this.#records('e.id IN (SELECT id FROM equivalence ORDER BY id DESC LIMIT ?)', limit);
  }

  /** Those by which keys mean these states, in force or over; the latest first. */
  ofStates(states: Iterable<number>): readonly EquivalenceRecord[] {
    return this.#records('e.state IN (SELECT value FROM json_each(?))', JSON.stringify([...states]));
  }

  /** What the key was made of. */
  workOf(id: number): EquivalentWork {
    const { changes, inputs, state } = this.#queries.get<{ changes: string; inputs: string | null; state: number }>(
      'SELECT changes, inputs, state FROM equivalence WHERE id = ?',
      id,
    )!;
    const fields = new Map(this.#fieldsOf(state).map((field) => [field.name, field]));
    for (const [name, after] of JSON.parse(changes) as readonly (readonly [string, Field | null])[])
      if (after === null) fields.delete(name);
      else fields.set(name, after);
    return {
      fields: [...fields.values()],
      inputs: inputs === null ? null : (JSON.parse(inputs) as readonly StateInput[]),
    };
  }

  /** In what the key differs from that of the state: `before` is the state's. */
  changesOf(id: number): readonly FieldChange[] {
    const { changes, state } = this.#queries.get<{ changes: string; state: number }>(
      'SELECT changes, state FROM equivalence WHERE id = ?',
      id,
    )!;
    const fields = new Map(this.#fieldsOf(state).map((field) => [field.name, field]));
    return (JSON.parse(changes) as readonly (readonly [string, Field | null])[]).map(([name, after]) => ({
      name,
      before: fields.get(name),
      after: after ?? undefined,
    }));
  }

  #fieldsOf(state: number): readonly Field[] {
    return this.#queries.all(
      `SELECT n.text AS name, lower(hex(v.digest)) AS digest, v.preview FROM state_field f
       JOIN name n ON n.id = f.name JOIN field_value v ON v.id = f.value WHERE f.state = ?`,
      state,
    );
  }

  #records(condition: string, value: unknown): readonly EquivalenceRecord[] {
    const rows = this.#queries.all<Row>(
      `SELECT e.id, e.kind, lower(hex(e.key)) AS key, lower(hex(s.key)) AS state, n.text AS node, g.text AS stage,
         p.text AS name, e.source, lower(hex(c.digest)) AS code, e.message, e.relative, e.ulp, e.at, v.facts,
         d.at AS endedAt, nullif(lower(hex(m.key)), '') AS made, d.message AS endMessage, w.facts AS endFacts
       FROM equivalence e JOIN state s ON s.id = e.state JOIN name n ON n.id = e.node JOIN name g ON g.id = e.stage
       JOIN name p ON p.id = e.pipeline JOIN code c ON c.id = e.code JOIN environment v ON v.id = e.environment
       LEFT JOIN equivalence_end d ON d.equivalence = e.id LEFT JOIN state m ON m.id = d.made
       LEFT JOIN environment w ON w.id = d.environment
       WHERE ${condition} ORDER BY e.id DESC`,
      value,
    );
    const checks = this.#checks(rows.map(({ id }) => id));
    return rows.map((row) => recordOf(row, checks.get(row.id) ?? []));
  }

  #checks(equivalences: readonly number[]): ReadonlyMap<number, readonly EquivalenceCheck[]> {
    const checks = new Map<number, EquivalenceCheck[]>();
    if (equivalences.length === 0) return checks;
    const rows = this.#queries.all<{ equivalence: number; at: number; verdict: VerdictName; detail: string }>(
      `SELECT k.equivalence, k.at, k.verdict, k.detail FROM json_each(?) j CROSS JOIN equivalence_check k
       ON k.equivalence = j.value ORDER BY k.id DESC`,
      JSON.stringify(equivalences),
    );
    for (const { equivalence, detail, ...check } of rows) {
      const known = checks.get(equivalence) ?? [];
      checks.set(equivalence, known);
      known.push({ ...check, detail: JSON.parse(detail) as unknown });
    }
    return checks;
  }
}

interface Row {
  readonly id: number;
  readonly kind: EquivalenceKind;
  readonly key: CacheKey;
  readonly state: CacheKey;
  readonly node: string;
  readonly stage: string;
  readonly name: string;
  readonly source: string;
  readonly code: Digest;
  readonly message: string;
  readonly relative: number;
  readonly ulp: number;
  readonly at: number;
  readonly facts: string;
  readonly endedAt: number | null;
  readonly made: CacheKey | null;
  readonly endMessage: string | null;
  readonly endFacts: string | null;
}

function recordOf(row: Row, checks: readonly EquivalenceCheck[]): EquivalenceRecord {
  const { id, kind, key, state, node, stage, name, source, code, message, relative, ulp, at } = row;
  const about = { id, kind, key, state, node, stage, pipeline: { name, source }, code, message };
  return { ...about, tolerance: { relative, ulp }, at, ...placeOf(row.facts), end: endOf(row), checks };
}

function endOf({ endedAt: at, made, endMessage, endFacts }: Row): EquivalenceEnd | null {
  if (at === null) return null;
  if (made !== null) return { how: 'made', at, state: made };
  return { how: 'revoked', at, user: placeOf(endFacts!).user, message: endMessage! };
}

function placeOf(facts: string): { readonly user: string | null; readonly host: string } {
  const { user, host } = JSON.parse(facts) as { readonly user?: string | null; readonly host: string };
  return { user: user ?? null, host };
}

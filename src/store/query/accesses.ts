/** Reading what states depend on besides their inputs. */
import type { Access, AccessKind } from '../../core/authoring/access.ts';
import type { Queries } from '../database/statements.ts';
import { UNOBSERVED } from '../record/accesses.ts';

/** `observed` is false if the attempt that made the state was not observed: nobody knows what it reached. */
export interface StateAccesses {
  readonly observed: boolean;
  readonly accesses: readonly Access[];
}

export class AccessReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  of(state: number): StateAccesses {
    return accessesOf(this.#queries.all<Row>(`${ACCESS} WHERE a.state = ? ORDER BY k.text, d.text`, state));
  }

  /** The same of many states at once, by their ids. A state that reached nothing has no entry: it was observed. */
  ofAll(states: Iterable<number>): ReadonlyMap<number, StateAccesses> {
    const rows = new Map<number, Row[]>();
    const found = this.#queries.all<Row & { readonly state: number }>(
      `SELECT a.state, ${ACCESS_COLUMNS} FROM json_each(?) j CROSS JOIN state_access a ON a.state = j.value ${ACCESS_NAMES}
       ORDER BY a.state, k.text, d.text`,
      JSON.stringify([...states]),
    );
    for (const { state, ...row } of found) {
      const group = rows.get(state);
      if (group === undefined) rows.set(state, [row]);
      else group.push(row);
    }
    return new Map([...rows].map(([state, group]) => [state, accessesOf(group)]));
  }

  /** Of these states, the ids of those that depend on something undeclared, or that nobody observed. */
  undeclared(states: Iterable<number>): readonly number[] {
    return this.#queries
      .all<{
        readonly state: number;
      }>(
        'SELECT DISTINCT a.state FROM json_each(?) j JOIN state_access a ON a.state = j.value WHERE a.declared = 0 ORDER BY a.state',
        JSON.stringify([...states]),
      )
      .map(({ state }) => state);
  }
}

const ACCESS_COLUMNS = 'k.text AS kind, d.text AS detail, c.text AS call, p.text AS place, a.declared, a.count';
const ACCESS_NAMES = `JOIN name k ON k.id = a.kind JOIN name d ON d.id = a.detail JOIN name c ON c.id = a.call
  LEFT JOIN name p ON p.id = a.place`;
const ACCESS = `SELECT ${ACCESS_COLUMNS} FROM state_access a ${ACCESS_NAMES}`;

interface Row {
  readonly kind: AccessKind | typeof UNOBSERVED;
  readonly detail: string;
  readonly call: string;
  readonly place: string | null;
  readonly declared: number;
  readonly count: number;
}

function accessesOf(rows: readonly Row[]): StateAccesses {
  return {
    observed: rows.every(({ kind }) => kind !== UNOBSERVED),
    accesses: rows.flatMap(({ kind, declared, ...row }) =>
      kind === UNOBSERVED ? [] : [{ kind, ...row, declared: declared === 1 }],
    ),
  };
}

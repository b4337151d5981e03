/** Reading traces: what the attempt that made a state computed on the way. */
import type { Artifact } from '../../core/artifact/artifact.ts';
import type { Queries } from '../database/statements.ts';

export class TraceReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** Undefined where no trace was recorded. */
  of(state: number): Artifact | undefined {
    return this.#queries.get<Artifact>(
      `SELECT lower(hex(a.digest)) AS digest, a.bytes, a.content AS inline
       FROM state_trace t JOIN artifact a ON a.id = t.artifact WHERE t.state = ?`,
      state,
    );
  }
}

/** Reading code: a stage's bundle, and the sources that it was made from. */
import type { Digest } from '../../core/identity/digest.ts';
import { blobOf } from '../database/blobs.ts';
import type { Queries } from '../database/statements.ts';

export interface CodeRecord {
  readonly digest: Digest;
  readonly stage: string;
  readonly module: string;
  readonly exportName: string;
  /** Digest of the bundle's text, which is an artifact. */
  readonly bundle: Digest;
  readonly sources: readonly { readonly path: string; readonly digest: Digest; readonly bytes: number }[];
  /** How many states it made. */
  readonly states: number;
}

export class CodeReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  get(digest: Digest): CodeRecord | undefined {
    const code = this.origin(digest);
    if (code === undefined) return undefined;
    const { n } = this.#queries.get<{ n: number }>(
      `SELECT count(*) AS n FROM code c JOIN state s ON s.stage = c.stage AND s.code = c.id WHERE c.digest = ?`,
      blobOf(digest),
    )!;
    return { ...code, states: n };
  }

  /** Code that was linked from this program, by whatever restage, with the schema that it was made for. */
  ofProgram(program: Digest): readonly { readonly digest: Digest; readonly schema: number }[] {
    return this.#queries.all(
      `SELECT lower(hex(c.digest)) AS digest, p.schema FROM code_program p JOIN code c ON c.id = p.code
       WHERE p.program = ? ORDER BY c.id DESC`,
      blobOf(program),
    );
  }

  /** The same without the number of states, which takes longer the more states a stage has. */
  origin(digest: Digest): Omit<CodeRecord, 'states'> | undefined {
    const row = this.#queries.get<Omit<CodeRecord, 'sources' | 'states'> & { readonly id: number }>(
      `SELECT c.id, lower(hex(c.digest)) AS digest, n.text AS stage, c.module, c.export AS exportName,
         lower(hex(a.digest)) AS bundle
       FROM code c JOIN name n ON n.id = c.stage JOIN artifact a ON a.id = c.bundle WHERE c.digest = ?`,
      blobOf(digest),
    );
    if (row === undefined) return undefined;
    const { id, ...origin } = row;
    const sources = this.#queries.all<CodeRecord['sources'][number]>(
      `SELECT s.path, lower(hex(a.digest)) AS digest, a.bytes FROM code_source s JOIN artifact a ON a.id = s.artifact
       WHERE s.code = ? ORDER BY s.path`,
      id,
    );
    return { ...origin, sources };
  }
}

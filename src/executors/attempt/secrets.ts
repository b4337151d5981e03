/**
 * The secrets of an attempt, in the process that runs its stage: they go to the stage, and not into anything that the
 * attempt reports or stores.
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { withoutMarks } from '../../core/secret/mark.ts';
import { Redactor } from '../../core/secret/redactor.ts';
import { spellingsOf } from '../../core/secret/spellings.ts';
import { DataError } from '../../errors.ts';
import type { Task } from '../contract.ts';

export class AttemptSecrets {
  readonly #values: ReadonlyMap<string, string>;
  readonly #variables: readonly string[];
  readonly #redactor: Redactor;
  readonly #spellings: readonly (readonly [source: string, bytes: Buffer])[];

  constructor({ values, env }: NonNullable<Task['secrets']>) {
    this.#values = new Map(values.map(([source, value]) => [source, value.reveal()]));
    this.#variables = env;
    this.#redactor = new Redactor(this.#values.values());
    this.#spellings = [...this.#values].flatMap(([source, value]) =>
      spellingsOf(value).map((spelling) => [source, Buffer.from(spelling)] as const),
    );
  }

  /** The parameters with the values in place of the marks. */
  paramsOf(params: CanonicalValue): CanonicalValue {
    return withoutMarks(params, (source) => this.#values.get(source)!);
  }

  /** The secret variables, for `env` of the context. */
  get env(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#variables.map((name) => [name, this.#values.get(`env:${name}`)!]));
  }

  redact(text: string): string {
    return this.#redactor.redact(text);
  }

  /**
   * @param what whose bytes they are, as the subject of a sentence
   * @throws DataError if a secret is among the bytes, in whatever spelling
   */
  refuseIn(chunks: readonly Uint8Array[], what: string): void {
    const longest = Math.max(...this.#spellings.map(([, { length }]) => length));
    let end = Buffer.alloc(0);
    for (const chunk of chunks) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      // A secret may begin in one chunk and end in the next.
      const seam = Buffer.concat([end, bytes.subarray(0, longest)]);
      const found = this.#spellings.find(([, spelling]) => bytes.includes(spelling) || seam.includes(spelling));
      if (found !== undefined)
        throw new DataError(
          `${what} contains the secret ${found[0]}, so it is not stored; leave the secret out, or store a digest of it.`,
        );
      end = Buffer.concat([end, bytes.subarray(-longest)]).subarray(-longest);
    }
  }
}

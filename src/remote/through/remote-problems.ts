/**
 * What goes wrong with a remote during a run, which goes on without it: the first of a kind is told, the others are
 * counted.
 */
import { systemErrorMeaning } from '../../core/diagnostics/errno.ts';
import { short } from '../../core/identity/digest.ts';
import { type RemoteError, RestageError } from '../../errors.ts';
import type { Conflict } from '../../store/slice/merge-slice.ts';

/** The problems that one run has with its remote. */
export class RemoteProblems {
  /** Of the remote. */
  readonly name: string;
  /** States of the remote that could not be used. */
  unused = 0;
  readonly #tell: (sentence: string) => void;
  #isReadable = true;
  #isPushable = true;

  constructor(name: string, tell: (sentence: string) => void) {
    this.name = name;
    this.#tell = tell;
  }

  /** False once the remote could not be read: each further try would make a node wait for it. */
  get isReadable(): boolean {
    return this.#isReadable;
  }

  /** It could not be opened when the run began. */
  absent(error: Error): void {
    this.#tell(`${error.message} The run goes on without ${this.name}.`);
  }

  /** Bytes that are wrong concern one state; anything else, the remote. */
  reading(error: RemoteError): void {
    if (error.failure === 'damaged') {
      this.unusable(error.message);
      return;
    }
    if (this.#isReadable) this.#tell(`${error.message} This run takes nothing more from ${this.name}.`);
    this.#isReadable = false;
  }

  /** A state of the remote, or one that would have gone to it. */
  unusable(sentence: string): void {
    if (this.unused === 0) this.#tell(sentence);
    this.unused += 1;
  }

  /** A state that stays here: of each it is told. */
  tooLong(error: Error): void {
    this.#tell(error.message);
    this.unused += 1;
  }

  /** The remote has other bytes than this cache. */
  conflict({ stage, output, state, here, there }: Conflict): void {
    this.unusable(
      `This cache has other bytes than ${this.name} for ${stage}.${output} of the state ${short(state)} (${short(here)} here, ${short(there)} there); what is here stays, and "restage verify ${short(state)}" shows which of the two it makes again.`,
    );
  }

  pushing(error: Error): void {
    if (this.#isPushable)
      this.#tell(`${error.message} The run goes on, and what it makes is not pushed to ${this.name} meanwhile.`);
    this.#isPushable = false;
  }
}

/** A fault of the remote, the cache or a disk, which has a sentence; anything else is a bug. */
export function isFault(error: unknown): error is Error {
  return error instanceof RestageError || systemErrorMeaning(error) !== undefined;
}

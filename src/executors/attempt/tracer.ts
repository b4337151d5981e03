/** Writes what a stage traces to a file, for those who compare two executions. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { tracedTensors } from '../../core/authoring/trace.ts';
import { compareUtf8 } from '../../core/identity/canonical.ts';
import { isRestageError } from '../../errors.ts';
import { storageError } from '../../store/files/storage-error.ts';
import { traceFault } from './metric-fault.ts';
import { privately } from './observed/observation.ts';
import type { AttemptSecrets } from './secrets.ts';
import { encodeRecord } from './trace-file.ts';

/** Of the values of an attempt, so many bytes are kept; of those after them the digests alone. */
export const KEPT_VALUES = 256 * 2 ** 20;

export class Tracer {
  readonly #node: string;
  readonly #file: string;
  readonly #refuse: (sentence: string) => never;
  #descriptor: number | undefined;
  readonly #secrets: AttemptSecrets | undefined;
  #budget: number;
  #fault: Error | undefined;
  #open = true;

  /**
   * @param file is replaced
   * @param refuse fails the stage for a wrong call
   * @param budget how many bytes of large values are written
   */
  constructor(
    node: string,
    file: string,
    refuse: (sentence: string) => never,
    budget = KEPT_VALUES,
    secrets?: AttemptSecrets,
  ) {
    this.#node = node;
    this.#file = file;
    this.#refuse = refuse;
    this.#budget = budget;
    this.#secrets = secrets;
    this.#descriptor = this.#stored(() => openSync(file, 'w'));
  }

  /** Why the trace could not be written, even if the stage caught it; undefined if it could. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  /** @throws InvalidCallError, CacheError */
  trace(name: unknown, value: unknown, step: unknown): void | Promise<void> {
    const fault = traceFault(name, step);
    if (fault !== undefined) this.#refuse(`Node ${this.#node} ${fault}.`);
    const write = (made: unknown): void => this.#write(name as string, made, (step as number | undefined) ?? null);
    const made = typeof value === 'function' ? (value as () => unknown)() : value;
    if (isPromise(made)) return made.then(write);
    write(made);
    return undefined;
  }

  /** What came before is on record nowhere: an attempt goes on from a checkpoint. A part of a trace is not a trace. */
  abandon(): void {
    if (this.#descriptor !== undefined) this.#stored(() => ftruncateSync(this.#descriptor!));
    this.close();
  }

  close(): void {
    this.#open = false;
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #write(name: string, value: unknown, step: number | null): void {
    const tensors = this.#tensors(name, value).toSorted(([a], [b]) => compareUtf8(a, b));
    if (!this.#open) return;
    const { chunks, kept } = encodeRecord(name, step, tensors, this.#budget);
    this.#budget -= kept;
    this.#secrets?.refuseIn(chunks, `What node ${this.#node} traces as ${this.#secrets.redact(name)}`);
    this.#stored(() => {
      for (const chunk of chunks)
        for (let offset = 0; offset < chunk.byteLength;)
          offset += writeSync(this.#descriptor!, chunk, offset, chunk.byteLength - offset);
    });
  }

  #tensors(name: string, value: unknown): ReturnType<typeof tracedTensors> {
    try {
      return tracedTensors(value, `The value that node ${this.#node} traces as ${name}`);
    } catch (error) {
      if (isRestageError(error)) this.#refuse(error.message);
      throw error;
    }
  }

  #stored<T>(write: () => T): T {
    try {
      return privately(write);
    } catch (error) {
      this.#fault ??= storageError(error, 'A trace', dirname(this.#file)) as Error;
      throw this.#fault;
    }
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { readonly then?: unknown } | null)?.then === 'function';
}

/**
 * A place that is asked no more at once than it is good for, whoever asks: a run takes states, takes what these were
 * made of and pushes at the same time, and ssh for example refuses what is too much.
 */
import type { Blob, BlobSource, CallOptions, Place, ReadOptions } from '../places/contract.ts';
import { Limit } from './limit.ts';

export class LimitedPlace implements Place {
  readonly #place: Place;
  readonly #limit: Limit;

  constructor(place: Place) {
    this.#place = place;
    this.#limit = new Limit(place.parallel);
  }

  get address(): string {
    return this.#place.address;
  }

  get parallel(): number {
    return this.#place.parallel;
  }

  get repeats(): boolean {
    return this.#place.repeats;
  }

  /** What it gives has to be read, to its end or until the reader stops: until then it takes up space. */
  async read(key: string, options: ReadOptions = {}): Promise<AsyncIterable<Uint8Array> | undefined> {
    const leave = await this.#enter(options);
    let chunks: AsyncIterable<Uint8Array> | undefined;
    try {
      chunks = await this.#place.read(key, options);
    } finally {
      if (chunks === undefined) leave();
    }
    return chunks && leaving(chunks, leave);
  }

  insert(key: string, source: BlobSource, options: CallOptions = {}): Promise<'stored' | 'there'> {
    return this.#call(options, () => this.#place.insert(key, source, options));
  }

  find(keys: readonly string[], options: CallOptions = {}): Promise<ReadonlyMap<string, number>> {
    return this.#call(options, () => this.#place.find(keys, options));
  }

  async *list(prefix: string, options: CallOptions = {}): AsyncGenerator<Blob> {
    const leave = await this.#enter(options);
    yield* leaving(this.#place.list(prefix, options), leave);
  }

  close(): Promise<void> {
    return this.#place.close();
  }

  async #call<T>(options: CallOptions, work: () => Promise<T>): Promise<T> {
    const leave = await this.#enter(options);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** What was given up while it waited does not begin. */
  async #enter({ signal }: CallOptions): Promise<() => void> {
    const leave = await this.#limit.enter();
    if (signal?.aborted === true) {
      leave();
      signal.throwIfAborted();
    }
    return leave;
  }
}

async function* leaving<T>(items: AsyncIterable<T>, leave: () => void): AsyncGenerator<T, void, void> {
  try {
    yield* items;
  } finally {
    leave();
  }
}

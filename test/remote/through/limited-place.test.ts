/** How much a place is asked at once by all parts of a run together. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BlobSource } from '../../../src/remote/places/contract.ts';
import { DirectoryPlace } from '../../../src/remote/places/directory-place.ts';
import { LimitedPlace } from '../../../src/remote/through/limited-place.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

/** A directory that counts what it is asked at the same time: reading counts until its end. */
class CountingPlace extends DirectoryPlace {
  most = 0;
  #now = 0;

  override async read(...[key]: Parameters<DirectoryPlace['read']>) {
    const chunks = await this.#counted(() => super.read(key));
    return chunks && this.#countedItems(chunks);
  }

  override insert(key: string, source: BlobSource) {
    return this.#counted(() => super.insert(key, source));
  }

  override find(keys: readonly string[]) {
    return this.#counted(() => super.find(keys));
  }

  override async *list(prefix: string) {
    yield* this.#countedItems(super.list(prefix));
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    this.most = Math.max(this.most, ++this.#now);
    return work().finally(() => this.#now--);
  }

  async *#countedItems<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, void> {
    this.most = Math.max(this.most, ++this.#now);
    try {
      yield* items;
    } finally {
      this.#now--;
    }
  }
}

test('calls of every kind share one limit, and those that end early or fail give their room back', async () => {
  const counting = new CountingPlace(join(temporaryDirectory(), 'remote'));
  const place = new LimitedPlace(counting);
  const keys = Array.from({ length: 12 }, (_, index) => `a/${String(index)}`);
  await place.insert(keys[0]!, source('text'));
  const calls = keys.flatMap((key): readonly (() => Promise<unknown>)[] => [
    () => place.insert(key, source(key)),
    () => place.find(keys),
    () => place.read('a/absent'),
    async () => stopEarly((await place.read(keys[0]!))!),
    () => stopEarly(place.list('a/')),
    () => expect(place.find(['no key'])).rejects.toThrow('is not a key'),
    () => expect(place.find(keys, { signal: AbortSignal.abort() })).rejects.toThrow('aborted'),
  ]);
  await Promise.all(calls.map((call) => call()));
  expect(counting.most).toBe(counting.parallel);
});

async function stopEarly(items: AsyncIterable<unknown>): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  await iterator.next();
  await iterator.return?.();
}

function source(text: string): BlobSource {
  return {
    bytes: text.length,
    async *open() {
      yield await Promise.resolve(Buffer.from(text));
    },
  };
}

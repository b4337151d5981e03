/** Who may use the bytes of a cache, and who may evict them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { evictAlone, useBytes } from '../../../src/store/coordination/cache-use.ts';
import { Leases } from '../../../src/store/coordination/leases.ts';
import type { Liveness } from '../../../src/store/coordination/owner.ts';
import { openDatabase } from '../../../src/store/database/database.ts';

function world() {
  const directory = mkdtempSync(join(tmpdir(), 'restage-use-'));
  const db = openDatabase(directory);
  onTestFinished(() => {
    db.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const known: { says: Liveness; now: number } = { says: 'alive', now: 0 };
  const leasesOf = (owner: string) => new Leases(db, () => known.now, { owner, livenessOf: () => known.says });
  const count = () => db.prepare('SELECT count(*) FROM lease').pluck().get();
  return { a: leasesOf('process://a'), b: leasesOf('process://b'), known, count };
}

const words = (owner: string) => owner;

test('many use bytes at once, and nobody evicts meanwhile', async () => {
  const { a, b, count } = world();
  const uses = [await useBytes(a), await useBytes(a), await useBytes(b)];
  expect(() => evictAlone(a, words)).toThrow(
    'Nothing is evicted, since process://b uses this cache; wait until it has ended, and ask again.',
  );
  for (const { release } of uses) release();
  expect(count()).toBe(0);
  evictAlone(a, words).release();
});

test('a state that somebody makes keeps all bytes as well', () => {
  const { a, b } = world();
  a.acquire(['ab'.repeat(32) as Parameters<Leases['acquire']>[0][number]]);
  expect(() => evictAlone(b, words)).toThrow('process://a uses this cache');
});

test('who wants to use bytes waits for who evicts, and says so once', async () => {
  const { a, b } = world();
  const evicting = evictAlone(a, words);
  expect(() => evictAlone(b, words)).toThrow('process://a uses this cache');
  const told: string[] = [];
  let isUsing = false;
  const waiting = useBytes(b, { tell: (sentence) => told.push(sentence) }).then((use) => {
    isUsing = true;
    return use;
  });
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(isUsing).toBe(false);
  evicting.release();
  (await waiting).release();
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^This waits until .* has evicted/);
});

test('who did not show for too long that it lives evicts nothing more, and does not get back what another one took', async () => {
  const { a, b, known } = world();
  const evicting = evictAlone(a, words);
  known.says = 'unknown';
  known.now += 59_000;
  evicting.renew();
  known.now += 59_000;
  expect(() => evictAlone(b, words)).toThrow('process://a uses this cache');
  known.now += 1_000;
  const using = await useBytes(b);
  expect(() => evicting.renew()).toThrow('Evicting has stopped, since this process did not show for a minute');
  using.release();
});

test('what was given back is not given back a second time, when somebody has it again', () => {
  const { a, count } = world();
  const first = evictAlone(a, words);
  first.release();
  const second = evictAlone(a, words);
  first.release();
  expect(count()).toBe(1);
  second.release();
  expect(count()).toBe(0);
});

test('what a dead process used is free again', async () => {
  const { a, b, known, count } = world();
  await useBytes(a);
  evictAliveOnly();
  known.says = 'dead';
  evictAlone(b, words).release();
  expect(count()).toBe(0);

  function evictAliveOnly(): void {
    expect(() => evictAlone(b, words)).toThrow('uses this cache');
  }
});

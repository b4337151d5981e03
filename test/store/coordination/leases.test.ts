import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { type CacheKey, sha256 } from '../../../src/core/identity/digest.ts';
import { Cache } from '../../../src/store/cache.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { databaseOf, openCache } from '../open-cache.ts';

describe('two processes on one cache', () => {
  test('lose no transaction: four at once, each state made by exactly one of them', async () => {
    const directory = temporaryDirectory();
    Cache.open(directory).close();
    const children = Array.from({ length: 4 }, () =>
      fork(new URL('../fixtures/claim-keys.ts', import.meta.url), [directory, '200'], {
        execArgv: ['--import', 'tsx', '--conditions=@restage/source'],
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      }),
    );
    const results = await Promise.all(
      children.map(async (child) => {
        const [made] = (await once(child, 'message')) as [number];
        return made;
      }),
    );
    for (const child of children) child.send('done');
    await Promise.all(children.map((child) => once(child, 'exit')));
    expect(results.reduce((sum, n) => sum + n, 0)).toBe(200);
  });

  test('take over the lease of an owner that died, without anybody unlocking', async () => {
    const directory = temporaryDirectory();
    const cache = openCache(directory);
    const child = fork(new URL('../fixtures/claim-keys.ts', import.meta.url), [directory, 'hold'], {
      execArgv: ['--import', 'tsx', '--conditions=@restage/source'],
    });
    await once(child, 'message');
    const key = sha256('held') as string as CacheKey;
    expect(cache.leases.acquire([key])).toEqual([false]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(cache.leases.acquire([key])).toEqual([true]);
  });
});

describe('leases', () => {
  const key = sha256('k') as string as CacheKey;

  test('of two caches opened in one process are of two owners', () => {
    const directory = temporaryDirectory();
    const [one, other] = [openCache(directory), openCache(directory)];
    expect(one.leases.acquire([key])).toEqual([true]);
    expect(one.leases.acquire([key])).toEqual([true]);
    expect(other.leases.acquire([key])).toEqual([false]);
    other.leases.release(key);
    expect(other.leases.acquire([key])).toEqual([false]);
    one.leases.release(key);
    expect(other.leases.acquire([key])).toEqual([true]);
  });

  test('of a process that is alive do not expire, those of one that cannot be asked do', () => {
    const directory = temporaryDirectory();
    const owner = openCache(directory);
    owner.leases.acquire([key]);
    const later = openCache(directory, () => Date.now() + 3_600_000);
    expect(later.leases.acquire([key])).toEqual([false]);
    databaseOf(owner).prepare("UPDATE lease SET owner = 'another-host/boot/1/1/1'").run();
    expect(openCache(directory).leases.acquire([key])).toEqual([false]);
    expect(later.leases.acquire([key])).toEqual([true]);
  });
});

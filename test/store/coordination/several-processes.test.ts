/** Leases that processes of their own claim. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CacheKey, sha256 } from '../../../src/core/identity/digest.ts';
import { Cache } from '../../../src/store/cache.ts';
import { builtModule } from '../../helpers/built.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { openCache } from '../open-cache.ts';

/** A program that claims keys and says how many it got, or holds one lease until it is killed. @returns its path */
function claimer(): string {
  const file = join(temporaryDirectory(), 'claim-keys.mjs');
  const text = `
    import { sha256 } from ${JSON.stringify(builtModule('core/identity/digest.ts'))};
    import { Cache } from ${JSON.stringify(builtModule('store/cache.ts'))};
    const [directory, what] = process.argv.slice(2);
    const cache = Cache.open(directory);
    if (what === 'hold') {
      cache.leases.acquire([sha256('held')]);
      process.send('held');
      setInterval(() => undefined, 1000);
    } else {
      let made = 0;
      for (let i = 0; i < Number(what); i++) made += Number(cache.leases.acquire([sha256(String(i))])[0]);
      process.send(made);
      // Alive until all have claimed: a dead owner's leases would be taken over.
      process.once('message', () => process.exit(0));
    }`;
  writeFileSync(file, text);
  return file;
}

describe('two processes on one cache', () => {
  test('lose no transaction: four at once, each state made by exactly one of them', async () => {
    const directory = temporaryDirectory();
    Cache.open(directory).close();
    const children = Array.from({ length: 4 }, () =>
      fork(claimer(), [directory, '200'], { execArgv: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }),
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
    const child = fork(claimer(), [directory, 'hold'], { execArgv: [] });
    await once(child, 'message');
    const key = sha256('held') as string as CacheKey;
    expect(cache.leases.acquire([key])).toEqual([false]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(cache.leases.acquire([key])).toEqual([true]);
  });
});

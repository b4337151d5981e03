import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LiveWriter } from '../../../src/store/coordination/live-writer.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

test('a live file whose beginning cannot be written is closed and taken away', async () => {
  const directory = temporaryDirectory();
  // No number of this kind can be written as JSON.
  const run = { run: 1, pipeline: 'toy', entry: '/x', argv: [7n as unknown as string], owner: '' };
  const trouble = await new Promise<Error>((resolve) => {
    new LiveWriter(directory, run, resolve).append({ type: 'notice' });
  });
  expect(trouble.message).toMatch(/BigInt/);
  const path = join(directory, 'live', '1.ndjson');
  expect(existsSync(path)).toBe(false);
  if (process.platform !== 'linux') return;
  const open = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // Of the reading itself.
      return [];
    }
  });
  expect(open.filter((target) => target.startsWith(path))).toEqual([]);
});

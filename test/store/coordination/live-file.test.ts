import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { LiveWriter } from '../../../src/store/coordination/live-writer.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('a run has a live file once it has lasted for a moment, with all of its entries, and one that is over by then has none', () => {
  vi.useFakeTimers();
  const directory = temporaryDirectory();
  const written = (run: number): readonly string[] => {
    const path = join(directory, 'live', `${run}.ndjson`);
    return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n').slice(1) : ['no file'];
  };
  const begin = (run: number): LiveWriter => {
    const writer = new LiveWriter(directory, { run, pipeline: 'toy', entry: '/x', argv: [], owner: '' }, (error) => {
      throw error;
    });
    writer.append({ type: 'notice', n: 1 });
    return writer;
  };
  const [short, long] = [begin(1), begin(2)];
  vi.advanceTimersByTime(200);
  short.close();
  long.append({ type: 'notice', n: 2 });
  expect([written(1), written(2)]).toEqual([['no file'], ['no file']]);
  vi.advanceTimersByTime(100);
  expect([written(1), written(2)]).toEqual([['no file'], ['{"type":"notice","n":1}', '{"type":"notice","n":2}']]);
  // From then on, what comes is there ten times a second.
  long.append({ type: 'notice', n: 3 });
  vi.advanceTimersByTime(100);
  expect(written(2)).toHaveLength(3);
  long.close();
  expect(written(2)).toEqual(['no file']);
});

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

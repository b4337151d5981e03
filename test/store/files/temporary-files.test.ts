/** Whose temporary files are removed, and whose are not. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { abandonedIn, replaceFile, temporaryPath } from '../../../src/store/files/temporary-files.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

const DAY_MS = 86_400_000;

/** A temporary file of this process, with parts of its mark changed. */
function leave(directory: string, change: (mark: string[]) => void = () => undefined): string {
  const path = temporaryPath(join(directory, 'file'));
  const [, mark, rest] = /\.((?:\w+-){3}\w+)(-\w+\.tmp)$/.exec(path)!;
  const parts = mark!.split('-');
  change(parts);
  const changed = join(directory, `file.${parts.join('-')}${rest!}`);
  writeFileSync(changed, 'half');
  return changed;
}

test('a file of a living process stays, however old it is', () => {
  const directory = temporaryDirectory();
  const own = leave(directory);
  const other = spawn('sleep', ['60'], { stdio: 'ignore' });
  onTestFinished(() => void other.kill());
  const start = readFileSync(`/proc/${other.pid!}/stat`, 'utf8').split(' ')[21]!;
  const theirs = leave(directory, (mark) => mark.splice(2, 2, String(other.pid), start));
  for (const path of [own, theirs]) utimesSync(path, 1, 1);
  expect(abandonedIn(directory, Date.now())).toEqual([]);
});

test('a file of a dead process goes at once, also if its number was given to another or the machine started again', () => {
  const directory = temporaryDirectory();
  const { pid } = spawnSync('true');
  const dead = leave(directory, (mark) => (mark[2] = String(pid)));
  const reused = leave(directory, (mark) => (mark[3] = '1'));
  const rebooted = leave(directory, (mark) => (mark[1] = 'ffffffff'));
  expect(new Set(abandonedIn(directory, Date.now()))).toEqual(new Set([dead, reused, rebooted]));
});

test('a file of a process in another container or on another host goes after a day, and not before', () => {
  const directory = temporaryDirectory();
  // A process of this number is dead here, which says nothing about the one there.
  const { pid } = spawnSync('true');
  const elsewhere = leave(directory, (mark) => mark.splice(0, 3, 'ffffffff', 'ffffffff', String(pid)));
  const old = join(directory, 'ffffffff-1-00.tmp');
  writeFileSync(old, '');
  const now = Date.now();
  expect(abandonedIn(directory, now)).toEqual([]);
  expect(new Set(abandonedIn(directory, now + DAY_MS + 1000))).toEqual(new Set([elsewhere, old]));
});

test('a file is replaced whole, in a directory that is made for it, and nothing is left of the attempt', () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'new', 'file');
  replaceFile(file, 'one', 'A file');
  replaceFile(file, 'two', 'A file');
  expect(readFileSync(file, 'utf8')).toBe('two');
  expect(() => replaceFile(join(file, 'below'), 'three', 'A file')).toThrow(
    /^A file could not be written to the cache .+(ENOTDIR|EEXIST)/,
  );
  expect(abandonedIn(join(directory, 'new'), Date.now() + 2 * DAY_MS)).toEqual([]);
  expect(existsSync(file)).toBe(true);
});

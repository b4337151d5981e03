import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRefusal, startRefusal, writeRefusal } from '../../../src/core/diagnostics/system-refusal.ts';
import { disposableDirectory } from '../../helpers/disposable.ts';

const directory = disposableDirectory('restage-refusal-');
mkdirSync(join(directory, 'folder'));
writeFileSync(join(directory, 'file'), '');

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

test.each([
  ['none', 'it does not exist; check the path'],
  ['folder', 'it is a directory; name a file in it'],
  ['file/x', 'a file stands where a directory should; check the path'],
])('a file that cannot be read ends the sentence with why: %s', (path, words) => {
  expect(readRefusal(thrownBy(() => readFileSync(join(directory, path))))).toBe(words);
});

test.each([
  ['none/x', 'the folder that it would be in does not exist; make it, or name another place'],
  ['folder', 'it is a directory; name a file in it'],
  ['file/x', 'a file stands where a directory should; move it away'],
])('a file that cannot be written ends the sentence with why: %s', (path, words) => {
  expect(writeRefusal(thrownBy(() => writeFileSync(join(directory, path), '')))).toBe(words);
});

test('a program that cannot be started ends the sentence with why', () => {
  expect(startRefusal(spawnSync('restage-no-such-program').error)).toBe('it is in no folder of PATH; install it');
  expect(startRefusal(spawnSync(join(directory, 'file')).error)).toBe('permission is denied; change the permissions');
});

test('an error that is not of the system has its own words', () => {
  for (const words of [readRefusal, writeRefusal, startRefusal])
    expect(words(new Error('Line 3 ends early.'))).toBe('Line 3 ends early');
});

/** Where compiled code is kept, and how many files of it. */
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cachesIn, removeOldest } from '../src/compiled-code.ts';
import { disposableDirectory } from './helpers/disposable.ts';

test.each([
  ['linux', {}, '/home/ada/.cache'],
  ['linux', { XDG_CACHE_HOME: '/var/caches/ada' }, '/var/caches/ada'],
  ['linux', { XDG_CACHE_HOME: 'caches' }, '/home/ada/.cache'],
  ['darwin', { XDG_CACHE_HOME: '/var/caches/ada' }, '/home/ada/Library/Caches'],
  ['win32', { LOCALAPPDATA: 'C:\\Users\\Ada\\AppData\\Local' }, 'C:\\Users\\Ada\\AppData\\Local'],
  ['win32', {}, undefined],
] as const)('on %s with %j, caches are in %s', (platform, variables, folder) => {
  expect(cachesIn('/home/ada', platform, variables)).toBe(folder);
});

test('of too many files, the youngest stay', () => {
  const folder = disposableDirectory('restage-compiled-');
  for (let age = 0; age < 9; age++) writeFileOf(folder, age);
  removeOldest(folder, 9);
  expect(readdirSync(folder)).toHaveLength(9);
  removeOldest(folder, 8);
  expect(readdirSync(folder).sort()).toEqual(['0', '1', '2', '3']);
});

test('a folder that is not there yet has nothing to remove', () => {
  const folder = join(disposableDirectory('restage-compiled-'), 'compiled');
  removeOldest(folder, 1);
  mkdirSync(folder);
  removeOldest(folder, 1);
  expect(readdirSync(folder)).toEqual([]);
});

function writeFileOf(folder: string, age: number): void {
  const file = join(folder, String(age));
  writeFileSync(file, '');
  utimesSync(file, 1e9 - age, 1e9 - age);
}

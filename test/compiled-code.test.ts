/** Where compiled code is kept, and how many files of it. */
import { chmodSync, chownSync, existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cachesIn, privateFolder, removeOldest } from '../src/compiled-code.ts';
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

test('of too many files, the youngest stay, and all that are younger than asked', () => {
  const folder = disposableDirectory('restage-compiled-');
  for (let age = 0; age < 9; age++) writeFileOf(folder, age);
  removeOldest(folder, 9, Number.POSITIVE_INFINITY);
  expect(readdirSync(folder)).toHaveLength(9);
  removeOldest(folder, 8, (YOUNGEST - 6) * 1000);
  expect(readdirSync(folder).sort()).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  removeOldest(folder, 6, Number.POSITIVE_INFINITY);
  expect(readdirSync(folder).sort()).toEqual(['0', '1', '2']);
});

test('a folder that is not there yet has nothing to remove', () => {
  const folder = join(disposableDirectory('restage-compiled-'), 'compiled');
  removeOldest(folder, 0, Number.POSITIVE_INFINITY);
  expect(existsSync(folder)).toBe(false);
});

test('a folder is made for this user alone, and one that others can write to is not taken', ({ skip }) => {
  skip(process.getuid === undefined, 'this system has no modes of files');
  const folder = join(disposableDirectory('restage-compiled-'), 'restage/compiled');
  expect(privateFolder(folder)).toBe(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const mode of [0o770, 0o702]) {
    chmodSync(folder, mode);
    expect(privateFolder(folder)).toBeUndefined();
  }
});

test('a folder of another user is not taken', ({ skip }) => {
  skip(process.getuid?.() !== 0, 'only root can give a folder to another user');
  const folder = disposableDirectory('restage-compiled-');
  chownSync(folder, 12_345, 12_345);
  expect(privateFolder(folder)).toBeUndefined();
});

/** Seconds since 1970. */
const YOUNGEST = 1e9;

function writeFileOf(folder: string, age: number): void {
  const file = join(folder, String(age));
  writeFileSync(file, '');
  utimesSync(file, YOUNGEST - age, YOUNGEST - age);
}

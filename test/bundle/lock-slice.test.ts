/** The slice of a lock file: exactly what was executed and what that needs, from a registry, and nothing else. */
import { describe, expect, test } from 'vitest';
import { lockTexts, parseLockSlice, sliceLock } from '../../src/bundle/lock/lock-slice.ts';

const integrity = (letter: string): string => `sha512-${letter.repeat(86)}==`;
const locked = (version: string, more: object = {}): object => ({
  version,
  resolved: `https://registry.npmjs.org/x/-/x-${version}.tgz`,
  integrity: integrity('a'),
  ...more,
});

const LOCK = {
  lockfileVersion: 3,
  packages: {
    '': { dependencies: { zod: '*', kit: '*' }, devDependencies: { vitest: '*' } },
    'node_modules/zod': locked('4.0.0'),
    'node_modules/kit': locked('1.0.0', { dependencies: { deep: '^1', zod: '^3' }, funding: 'x' }),
    'node_modules/kit/node_modules/zod': locked('3.0.0'),
    'node_modules/deep': locked('1.2.0', {
      optionalDependencies: { 'deep-linux': '1', gone: '1' },
      hasInstallScript: true,
    }),
    'node_modules/deep-linux': locked('1.0.0', { optional: true, os: ['linux'] }),
    'node_modules/vitest': locked('4.0.0', { dev: true }),
    'node_modules/mine': { resolved: 'file:mine', link: true },
    'node_modules/git': { version: '1.0.0', resolved: 'git+ssh://git@host/a.git#1', integrity: integrity('b') },
    'node_modules/weak': locked('1.0.0', { integrity: 'sha1-abc' }),
  },
};
const slice = (...wanted: readonly (readonly [string, ...string[]])[]) =>
  sliceLock(
    LOCK,
    wanted.map(([name, ...versions]) => ({ name, versions })),
    'package-lock.json',
  );

describe('a slice', () => {
  test('has the version on record and all that it depends on, where Node finds it', () => {
    expect(slice(['kit', '1.0.0']).dependencies).toEqual({ kit: '1.0.0' });
    expect(Object.keys(slice(['kit', '1.0.0']).packages)).toEqual([
      'node_modules/deep',
      'node_modules/deep-linux',
      'node_modules/kit',
      'node_modules/kit/node_modules/zod',
    ]);
    expect(Object.keys(slice(['zod', '4.0.0']).packages)).toEqual(['node_modules/zod']);
  });

  test('has several installations of a package, each below the one that finds it', () => {
    const { dependencies, packages } = slice(['zod', '3.0.0', '4.0.0']);
    expect(dependencies).toEqual({ kit: '1.0.0', zod: '4.0.0' });
    expect(packages['node_modules/kit/node_modules/zod']!.version).toBe('3.0.0');
  });

  test('leaves out what is for people', () => {
    expect(slice(['kit', '1.0.0']).packages['node_modules/kit']).not.toHaveProperty('funding');
  });

  test('comes back from the texts that npm reads, and nothing else does', () => {
    const whole = slice(['kit', '1.0.0']);
    const { lock, manifest } = lockTexts(whole);
    expect(parseLockSlice(lock)).toEqual(whole);
    expect(JSON.parse(manifest)).toMatchObject({ dependencies: { kit: '1.0.0' }, allowScripts: { deep: true } });
    for (const [from, to] of [
      ['"version": "1.2.0"', '"version": "1.2.0",\n      "inBundle": true'],
      ['https://registry', 'git+https://registry'],
      ['node_modules/deep"', 'node_modules/../deep"'],
      ['sha512', 'sha1'],
      ['"kit": "1.0.0"', '"kit": "2.0.0"'],
      ['"requires": true', '"requires": false'],
    ] as const)
      expect(parseLockSlice(lock.replace(from, to))).toBeUndefined();
    expect(parseLockSlice('{}')).toBeUndefined();
    expect(parseLockSlice('no JSON')).toBeUndefined();
  });

  test('of nothing installs nothing', () => {
    expect(slice()).toEqual({ dependencies: {}, packages: {} });
    expect(parseLockSlice(lockTexts(slice()).lock)).toEqual(slice());
  });
});

test.for([
  [
    ['zod', '4.1.0'],
    'The stages were executed with zod 4.1.0, and package-lock.json has 4.0.0 and 3.0.0; install zod@4.1.0',
  ],
  [['none', '1.0.0'], 'The package none, which the stages import, is not in package-lock.json; install it, and'],
  [['mine'], 'does not come from a registry with a SHA-512'],
  [['git', '1.0.0'], 'does not come from a registry with a SHA-512'],
  [['weak', '1.0.0'], 'does not come from a registry with a SHA-512'],
] as const)('%s is refused', ([wanted, sentence]) => {
  expect(() => slice(wanted)).toThrow(sentence);
});

test('another file than a lock file of npm is refused', () => {
  expect(() => sliceLock([], [{ name: 'zod', versions: [] }], 'yarn.lock')).toThrow(
    'yarn.lock is not a lock file of npm 7 or later',
  );
});

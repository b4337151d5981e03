import { existsSync, mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CacheKey, sha256 } from '../../../../src/core/identity/digest.ts';
import { removeForgottenUnits } from '../../../../src/executors/batch/units/forgotten-units.ts';
import { AttemptHandles } from '../../../../src/store/coordination/attempt-handles.ts';
import { temporaryDirectory } from '../../../helpers/temporary.ts';

const DAY_MS = 86_400_000;
const NOW = 1_800_000_000_000;

test('directories of units go after a day, unless a handle leads to them', () => {
  const cache = temporaryDirectory();
  const make = (name: string, age: number): string => {
    const path = join(cache, 'batch', name);
    mkdirSync(path, { recursive: true });
    utimesSync(path, (NOW - age) / 1000, (NOW - age) / 1000);
    return path;
  };
  const [old, wanted, young, foreign] = [
    make('00000000000000aa', 2 * DAY_MS),
    make('00000000000000bb', 2 * DAY_MS),
    make('00000000000000cc', DAY_MS / 2),
    make('something-else', 2 * DAY_MS),
  ];
  const key = sha256('key') as string as CacheKey;
  new AttemptHandles(cache).set(key, { executor: 'slurm', place: { unit: '00000000000000bb', member: 3 } });
  removeForgottenUnits(cache, NOW);
  expect([old, wanted, young, foreign].map((path) => existsSync(path))).toEqual([false, true, true, true]);
});

test('a cache without any has nothing to remove', () => {
  expect(() => removeForgottenUnits(temporaryDirectory(), NOW)).not.toThrow();
});

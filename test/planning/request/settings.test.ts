import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectSettings } from '../../../src/planning/request/settings.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

function settingsOf(restage: unknown) {
  const root = temporaryDirectory();
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'project', restage }));
  return projectSettings(root);
}

describe('the settings of a project', () => {
  test('are the defaults where its package.json says nothing', () => {
    const defaults = { strict: false, isolate: false, cache: { maxBytes: null }, executor: undefined, batch: {} };
    expect(settingsOf(undefined)).toEqual(defaults);
    expect(settingsOf({})).toEqual(defaults);
  });

  test('say where nodes execute, what batch systems are asked for, and what the cache may take', () => {
    const slurm = { partition: 'short', account: 'physics', extra: '--nice=10' };
    const condor = { accounting_group: 'physics' };
    expect(settingsOf({ executor: 'slurm', slurm, condor, cache: { maxBytes: '20G' }, strict: true })).toEqual({
      strict: true,
      isolate: false,
      cache: { maxBytes: 20 * 2 ** 30 },
      executor: 'slurm',
      batch: { slurm, condor },
    });
  });

  test.each([
    [[], /are not an object; write "restage"/],
    [{ stritc: true }, /"stritc" \(did you mean "strict"\?\)/],
    [{ strict: 'yes' }, /give "yes" for "strict"; give true or false/],
    [{ executor: 1 }, /give 1 for "executor"; give a name/],
    [{ slurm: 'short' }, /give no object for "slurm"; write "slurm"/],
    [{ slurm: { partiton: 'short' } }, /"partiton" in "slurm" \(did you mean "partition"\?\)/],
    [{ condor: { account: 'a' } }, /"account" in "condor"/],
    [{ slurm: { qos: 3 } }, /give 3 for "slurm.qos"; give a text/],
    [{ cache: { maxBytes: 'much' } }, /give "much" for "cache.maxBytes"; give a size/],
  ])('%j is refused with the file, the member and the remedy', (restage, sentence) => {
    expect(() => settingsOf(restage)).toThrow(sentence);
    expect(() => settingsOf(restage)).toThrow(/package\.json/);
  });
});

/** What runs, or differs, though nothing that a key names has changed. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openReader } from '../../../src/audit/open.ts';
import type { Cause } from '../../../src/audit/why/causes.ts';
import { openCache } from '../../store/open-cache.ts';
import { makeInProcessProject } from '../../helpers/in-process-project.ts';
import { whyRuns } from '../../../src/audit/why/why-runs.ts';

const brief = ({ change, nodes, followers }: Cause): readonly unknown[] => [change, nodes, followers];

test('a node that gives other bytes for the same key is the cause of what differs below it', async () => {
  const project = makeInProcessProject('lab');
  await project.run();
  // As if `unit` had read the time of day: its state is made again, with other bytes.
  project.edit('stages.ts', "env['LAB_UNIT'] ?? 'none'", "env['LAB_UNIT'] ?? String(process.hrtime.bigint())");
  await project.run();
  await project.run(['unit', '--force']);
  await project.run();
  const cache = openCache(project.cache);
  const { causes } = whyRuns(cache, cache.query.runs.get(2)!, cache.query.runs.get(4)!);
  expect(causes.map(brief)).toEqual([[{ kind: 'other-bytes', output: 'name' }, ['unit'], ['mix', 'note']]]);
});

test('a node whose bytes were missing ran again for that reason', async () => {
  const project = makeInProcessProject('lab');
  await project.run();
  const { 'noise.values': digest } = project.outputs();
  rmSync(join(project.cache, 'objects', digest!.slice(0, 2), digest!.slice(2)));
  await project.run();
  const cache = openCache(project.cache);
  const { causes } = whyRuns(cache, cache.query.runs.get(1)!, cache.query.runs.get(2)!);
  expect(causes.map(brief)).toEqual([[{ kind: 'ran-again', because: 'lost' }, ['noise'], []]]);
});

test('a node without a state is told with the reason that its run recorded', async () => {
  const project = makeInProcessProject('lab');
  await project.run();
  project.edit('stages.ts', "tally('unit');", "tally('unit');\n    throw new Error('no unit');");
  expect((await project.run()).code).toBe(1);
  const cache = openCache(project.cache);
  const { causes, unmade } = whyRuns(cache, cache.query.runs.get(1)!, cache.query.runs.get(2)!);
  expect(causes).toEqual([]);
  expect(unmade).toEqual([
    { node: 'mix', run: 2, outcome: 'skipped', reason: 'unit failed' },
    { node: 'unit', run: 2, outcome: 'failed', reason: 'code changed' },
    { node: 'note', run: 2, outcome: 'skipped', reason: 'unit failed' },
  ]);
});

test('a script asks the same of two runs by number, by reference, or of the last two', async () => {
  const project = makeInProcessProject('lab');
  await project.run();
  await project.run(['-S', 'digits=4']);
  await project.restage(['tag', 'run:2', 'fine', '--cache', project.cache]);
  using reader = openReader({ cacheDirectory: project.cache });
  const { causes, before, after } = reader.why();
  expect([before.id, after.id]).toEqual([1, 2]);
  expect(causes.map(brief)).toEqual([
    [{ kind: 'param', name: 'digits', before: '2', after: '4', isCut: false }, ['note'], []],
  ]);
  for (const words of [[1, 2], ['run:1', 'latest'], ['fine'], [2]] as const)
    expect(reader.why(...words)).toEqual(reader.why());
  expect(() => reader.why('mix')).toThrow('mix is not a run; name one by its number, run:N, latest, or a tag of it.');
});

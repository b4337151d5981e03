import { expect, test } from 'vitest';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

test('cost --csv has a row a run and, of one run, a row a stage, with numbers in full', async () => {
  const project = makeInProcessProject('lab');
  await project.run();
  await project.run(['-S', 'digits=3']);
  const ask = async (...args: string[]): Promise<readonly (readonly string[])[]> => {
    const { code, stdout, stderr } = await project.restage(['cost', '--csv', ...args, '--cache', project.cache]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
  };
  const [head, ...runs] = await ask();
  expect(head).toEqual(
    'run pipeline started jobs ran hits wallSeconds seconds cpuSeconds savedSeconds lostSeconds'.split(' '),
  );
  expect(runs.map(([run, pipeline]) => [run, pipeline])).toEqual([
    ['2', 'lab'],
    ['1', 'lab'],
  ]);
  const [titles, ...stages] = await ask('run:1');
  expect(titles!.slice(0, 4)).toEqual(['run', 'stage', 'ran', 'hits']);
  expect(stages.map(([, stage, ran]) => `${stage} ${ran}`)).toContain('lab/scale 3');
  const forecast = await project.restage(['cost', project.root, '--csv', '--cache', project.cache]);
  expect(forecast).toMatchObject({
    code: 2,
    stderr: 'restage: A forecast has no table of its own; omit --csv, or take --json.\n',
  });
});

/** An experiment that goes to a remote and comes to a machine that never ran it. */
import { expect, test } from 'vitest';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';

const EXPERIMENT = `import { experiment } from 'restage';
import study from './index.ts';

export default experiment({
  name: 'tried',
  pipeline: study,
  components: { speed: { off: { train: { rate: 0.01 } } } },
  branches: (base) => [base.without('speed')],
  metrics: { goal: { of: 'score.ams', better: 'higher', design: 'fixed-test-set' } },
  seeds: 2,
});
`;

test('the effect table is the same there, by the same runs', async () => {
  const [a, b] = [makeInProcessProject('study'), makeInProcessProject('study')];
  const call = async (at: InProcessProject, ...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await at.restage([...words, '--cache', at.cache]);
    expect([words, code, stderr.replace(/^restage: run\S* .*\n/gm, '')]).toEqual([words, 0, '']);
    return stdout.replaceAll(at.cache, 'CACHE');
  };
  a.write('tried.ts', EXPERIMENT);
  const { code } = await a.restage(['ablate', 'tried.ts', '--cache', a.cache]);
  expect(code).toBe(0);
  for (const each of [a, b]) await call(each, 'remote', 'add', 'group', a.beside('remote'));
  await call(a, 'push', 'tried', '--json');
  await call(b, 'pull', '--all', '--json');
  const table = await call(a, 'show', 'effect:tried');
  expect(table).toContain('speed');
  expect(await call(b, 'show', 'effect:tried')).toBe(table);
  expect(await call(b, 'log', '--experiment', 'tried', '--json')).toContain('"tried"');
});

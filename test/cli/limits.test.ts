/** Experiments and runs with --max-time and --max-cost. */
import { describe, expect, test } from 'vitest';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

const EXPERIMENT = `
import { experiment } from 'restage';
import study from './index.ts';

export default experiment({
  name: 'tried',
  pipeline: study,
  branches: (base) => base.sweep('train.rate', [0.2, 0.3]),
  seeds: 2,
  metrics: { goal: { of: 'fit.validation loss', better: 'lower', design: 'fixed-test-set' } },
});
`;

function lab() {
  const project = makeInProcessProject('study');
  project.write('tried.ts', EXPERIMENT);
  return (...args: string[]) => project.restage([...args, '--cache', project.cache]);
}

test('a limit ends an experiment with what is finished, names what is missing, and the next run completes it', async () => {
  const call = lab();
  const cut = await call('ablate', 'tried.ts', '--reporter', 'plain', '--max-time', '0.001s');
  expect(cut.code).toBe(130);
  const said = cut.stdout.replaceAll(/\n {2}(?=\S)/g, ' ');
  expect(said).toContain('The limit of time leaves no room for');
  expect(said).toContain('train.rate=0.2 lacks the pairs seed=0; seed=1: the base: load and 3 more did not finish');
  const whole = await call('ablate', 'tried.ts', '--max-time', '1h', '--max-cost', '2h30min');
  expect(whole.code).toBe(0);
  expect(whole.stdout).not.toContain('lacks the');
  expect((await call('log')).stdout).toMatch(/study\/tried.*interrupted/);
});

test('a limit ends a run, which says how to go on', async () => {
  const call = lab();
  const cut = await call('run', '.', '--reporter', 'plain', '--max-cost', '0.001');
  expect(cut.code).toBe(130);
  expect(cut.stdout).toContain('Continue with');
});

describe('a limit that is not a duration is refused:', () => {
  test.each(['2x', '-3s', '0', '1h30', '', 'h'])('%j', async (given) => {
    const refused = await lab()('run', '.', `--max-time=${given}`);
    expect(refused.code).toBe(2);
    expect(refused.stderr.trimEnd()).not.toContain('\n');
  });
});

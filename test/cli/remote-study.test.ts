/** An experiment that goes to a remote and comes to a machine that never ran it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

test('an experiment takes its states out of a remote, and its runs, its study and its table go there', async () => {
  const [a, b, c] = machines(3);
  expect(await ran(a!, 'ablate', 'tried.ts')).toBeGreaterThan(0);
  expect(await ran(b!, 'ablate', 'tried.ts')).toBe(0);
  expect(b!.stateKeys()).toEqual(a!.stateKeys());
  // A machine that never ran anything has the same answers.
  await complete(c!, 'pull', '--all');
  const table = await complete(a!, 'show', 'effect:tried');
  expect(await complete(c!, 'show', 'effect:tried')).toBe(table);
  const runs = (at: InProcessProject) =>
    at.query<{ tags: string }>("SELECT tags FROM runs WHERE tags <> '[]' ORDER BY tags").map(({ tags }) => tags);
  expect(runs(c!)).toEqual(runs(a!));
  expect(runs(c!)).toHaveLength(4);
});

test('a branch takes its states out of a remote, and goes there with its tag and with what it keeps', async () => {
  const [a, b, c] = machines(3);
  const branch = ['branch', 'run:1', '--as', 'slower', '-S', 'train.rate=0.001'];
  for (const words of [['run', '.'], branch]) expect(await ran(a!, ...words)).toBeGreaterThan(0);
  for (const words of [['run', '.'], branch]) expect(await ran(b!, ...words)).toBe(0);
  await complete(c!, 'pull', 'slower');
  const visits = (at: InProcessProject) =>
    at.query(`SELECT node, key FROM nodes WHERE run = (SELECT run FROM runs WHERE tags = '["slower"]') ORDER BY node`);
  expect(visits(a!).length).toBeGreaterThan(3);
  expect(visits(c!)).toEqual(visits(a!));
});

test('a plan of an experiment asks no remote', async () => {
  const [a] = machines(1);
  const { code, stderr } = await a!.restage(['ablate', 'tried.ts', '--plan', '--remote', 'group']);
  expect([code, stderr]).toEqual([
    2,
    'restage: --remote and --plan of restage ablate exclude each other; give one of them.\n',
  ]);
  const unknown = await a!.restage(['ablate', 'tried.ts', '--remote', 'grup', '--cache', a!.cache]);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/^restage: There is no remote grup/)]);
});

async function complete(at: InProcessProject, ...words: readonly string[]): Promise<string> {
  const { code, stdout } = await at.restage([...words, '--cache', at.cache]);
  expect([words, code]).toEqual([words, 0]);
  return stdout.replaceAll(at.cache, 'CACHE');
}

/** How many nodes the command executes with the remote. */
async function ran(at: InProcessProject, ...words: readonly string[]): Promise<number> {
  const said = await complete(at, ...words, '--remote', 'group', '--reporter', 'json');
  return said.split('"type":"node-ran"').length - 1;
}

/** Machines with a cache each, which know the same remote. */
function machines(count: number): readonly InProcessProject[] {
  const all = Array.from({ length: count }, () => makeInProcessProject('study').write('tried.ts', EXPERIMENT));
  for (const { cache } of all) {
    mkdirSync(cache, { recursive: true });
    const settings = { remotes: [{ name: 'group', address: all[0]!.beside('remote') }] };
    writeFileSync(join(cache, 'remotes.json'), JSON.stringify(settings));
  }
  return all;
}

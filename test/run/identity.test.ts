/** The changes that make a node run again, and those that do not, from the command line to the record. */
import { mkdirSync, renameSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';

const NODES = ['mix', 'noise', 'note', 'scale@k=0', 'scale@k=1', 'scale@k=2', 'source', 'unit'];
const EVERYTHING = ['mix', 'noise', 'note', 'scale 1e-9', 'scale 2', 'scale 3', 'source', 'unit'];

/** A project that has run once. */
async function warmProject(): Promise<InProcessProject> {
  const project = makeInProcessProject('lab');
  const cold = await project.run();
  expect(cold).toMatchObject({ code: 0, stderr: '' });
  expect(project.executed()).toEqual(EVERYTHING);
  return project;
}

describe('a second run', () => {
  test('is all hits as well when it names nodes', async () => {
    const project = await warmProject();
    const again = await project.run(NODES);
    expect(again.outcomes).toEqual(Object.fromEntries(NODES.map((node) => [node, 'hit'])));
    expect(project.visits(again.report!.run)).toEqual(again.outcomes);
    expect(project.executed()).toEqual([]);
  });
});

describe('a changed parameter', () => {
  test('of a leaf runs only that leaf, and undoing it runs nothing', async () => {
    const project = await warmProject();
    const changed = await project.run(['-S', 'digits=3']);
    expect(project.executed()).toEqual(['note']);
    expect(changed.report!.counts).toEqual({ hit: 7, 'cut-off': 0, ran: 1, failed: 0, skipped: 0 });
    const undone = await project.run();
    expect(project.executed()).toEqual([]);
    expect(undone.report!.counts).toEqual({ hit: 8, 'cut-off': 0, ran: 0, failed: 0, skipped: 0 });
  });

  test('that leaves the bytes of a root unchanged gives early cutoff below it', async () => {
    const project = await warmProject();
    const changed = await project.run(['-S', 'note=hello']);
    expect(project.executed()).toEqual(['source']);
    expect(changed.outcomes).toEqual({
      source: 'ran',
      'scale@k=0': 'cut-off',
      'scale@k=1': 'cut-off',
      'scale@k=2': 'cut-off',
      mix: 'cut-off',
      note: 'cut-off',
      noise: 'hit',
      unit: 'hit',
    });
    // The second time, the plan already knows it.
    const again = await project.run(['-S', 'note=hello', '-j', '1']);
    expect(again.report!.counts).toEqual({ hit: 8, 'cut-off': 0, ran: 0, failed: 0, skipped: 0 });
    expect(project.executed()).toEqual([]);
  });

  test('in the ninth decimal place counts', async () => {
    const project = await warmProject();
    await project.run(['-S', 'factor=3e-9']);
    expect(project.executed()).toEqual(['mix', 'note', 'scale 3e-9']);
  });

  test('is named as the reason', async () => {
    const project = await warmProject();
    const { events } = await project.run(['-S', 'digits=3']);
    const reasons = events.flatMap((event) => (event.type === 'node-queued' ? [event.reason] : []));
    expect(reasons).toEqual(['param.digits 2 -> 3']);
  });
});

describe('nothing runs again for', () => {
  const edits: readonly (readonly [what: string, edit: (project: InProcessProject) => void])[] = [
    [
      'a tag',
      (project) =>
        project.edit('index.ts', 'params: { size: 2000 }, ...policy', "params: { size: 2000 }, tags: ['a'], ...policy"),
    ],
    [
      'retries, priority, timeout, memory and slots',
      (project) =>
        project.edit(
          'index.ts',
          "{ executor: 'in-process' }",
          "{ executor: 'in-process', retries: { error: 3, crash: 1 }, priority: 7, timeoutSeconds: 500, memoryMiB: 64, cpus: 2 }",
        ),
    ],
    ['a comment in the pipeline', (project) => project.edit('index.ts', '/** Two roots', '/** Three roots')],
    ['a comment in a stage', (project) => project.edit('stages.ts', '// scaled', '// scaled by the factor')],
    ['a description', (project) => project.edit('index.ts', "name: 'lab',", "name: 'lab', description: 'A lab.',")],
    ['a different name of the pipeline', (project) => project.edit('index.ts', "name: 'lab',", "name: 'another-lab',")],
  ];
  let project: InProcessProject;
  beforeAll(async () => {
    project = await warmProject();
  });
  for (const [what, edit] of edits)
    test(what, async () => {
      edit(project);
      const { report } = await project.run();
      expect(report!.counts).toEqual({ hit: 8, 'cut-off': 0, ran: 0, failed: 0, skipped: 0 });
      expect(project.executed()).toEqual([]);
    });

  test('how many jobs, which reporter, which directory', async () => {
    await project.run(['-j', '1']);
    await project.run(['-j', '7']);
    const plain = await project.restage(['run', project.root, '--cache', project.cache, '--reporter', 'plain']);
    expect(plain.stdout).toMatch(/: all 8 nodes are up to date/);
    const elsewhere = project.beside('elsewhere');
    mkdirSync(elsewhere);
    await project.run([], { cwd: elsewhere });
    expect(project.executed()).toEqual([]);
    expect(project.count('state')).toBe(8);
  });

  test('the same seed, given or not', async () => {
    await project.run(['--seed', '0']);
    expect(project.executed()).toEqual([]);
  });

  test('a cache that was moved', async () => {
    const moved = project.beside('moved');
    renameSync(project.cache, moved);
    project.cache = moved;
    expect((await project.run()).report!.counts.hit).toBe(8);
    expect((await project.run(['-S', 'digits=3'])).report!.counts).toMatchObject({ hit: 7, ran: 1 });
    expect(project.executed()).toEqual(['note']);
  });

  test('a project that was moved, with the cache beside its package.json', async () => {
    project = makeInProcessProject('lab');
    const launched = await project.restage(['run', '.']);
    expect(launched.code).toBe(0);
    expect(project.executed()).toEqual(EVERYTHING);
    const moved = project.beside('moved');
    renameSync(project.root, moved);
    const again = await project.restage(['run', moved], { cwd: '/' });
    expect(again.stdout).toMatch(/^lab: all 8 nodes are up to date/);
    expect(project.executed()).toEqual([]);
  });
});

describe('an environment variable', () => {
  let project: InProcessProject;
  beforeAll(async () => {
    project = await warmProject();
  });

  test('that a stage declares is part of its key, and its value is not on record', async () => {
    const changed = await project.run([], { env: { LAB_UNIT: 'wonderful-GeV' } });
    expect(project.executed()).toEqual(['mix', 'note', 'unit']);
    expect(changed.report!.counts).toMatchObject({ hit: 5, ran: 3 });
    // Also where everything else is known to be as it was.
    await project.run([], { env: { LAB_UNIT: 'wonderful-GeV' } });
    expect(project.executed()).toEqual([]);
    await project.run([], { env: { LAB_UNIT: 'MeV' } });
    expect(project.executed()).toEqual(['mix', 'note', 'unit']);
    await project.run();
    expect(project.executed()).toEqual([]);
    const previews = project.query<{ preview: string }>('SELECT preview FROM field_value');
    expect(previews.filter(({ preview }) => preview.includes('GeV'))).toEqual([]);
  });

  test('that no stage declares changes nothing', async () => {
    await project.run([], { env: { LAB_OTHER: '1' } });
    await project.run(NODES, { env: { LAB_OTHER: '2' } });
    expect(project.executed()).toEqual([]);
  });
});

describe('the seed', () => {
  let project: InProcessProject;
  beforeAll(async () => {
    project = await warmProject();
  });

  test('of another run changes the random nodes and everything below them, and can be undone', async () => {
    const before = project.outputs();
    await project.run(['--seed', '1']);
    expect(project.executed()).toEqual(['mix', 'noise', 'note']);
    expect(project.outputs()['noise.values']).not.toBe(before['noise.values']);
    await project.run();
    expect(project.executed()).toEqual([]);
  });

  test('gives the same bytes in a cold cache, with one job or many', async () => {
    project.cache = project.beside('second');
    await project.run(['-j', '4']);
    expect(project.executed()).toEqual(EVERYTHING);
    const [keys, outputs] = [project.stateKeys(), project.outputs()];
    project.cache = project.beside('third');
    await project.run(['-j', '1']);
    expect(project.executed()).toEqual(EVERYTHING);
    expect(project.stateKeys()).toEqual(keys);
    expect(project.outputs()).toEqual(outputs);
  });
});

describe('keys', () => {
  test('distinguish two stages with the same parameters and code that differ only in their names', async () => {
    const project = makeInProcessProject('lab').write(
      'index.ts',
      `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
import { tally } from './lab.ts';
const parts = { params: z.strictObject({ x: z.number() }), inputs: {}, outputs: { y: json<number>() } };
export const one = stage({ name: 'lab/one', ...parts, run({ params }) { tally('either'); return { y: params.x }; } });
export const two = stage({ name: 'lab/two', ...parts, run({ params }) { tally('either'); return { y: params.x }; } });
export default pipeline({
  name: 'lab',
  params: z.strictObject({}),
  build(p) {
    return {
      one: p.add(one, { params: { x: 1 }, executor: 'in-process' }).out.y,
      two: p.add(two, { params: { x: 1 }, executor: 'in-process' }).out.y,
      // The same stage twice with the same parameters is one state.
      again: p.add(two, { as: 'again', params: { x: 1 }, executor: 'in-process' }).out.y,
    };
  },
});
`,
    );
    const { report } = await project.run();
    expect(report!.counts).toEqual({ hit: 1, 'cut-off': 0, ran: 2, failed: 0, skipped: 0 });
    expect(project.executed()).toEqual(['either', 'either']);
    expect(new Set(project.stateKeys().map((line) => line.split(' ')[1])).size).toBe(2);
  });

  test('are on record field by field, and match their fields', async () => {
    const project = await warmProject();
    const fields = project.query<{ name: string; preview: string }>(
      `SELECT f.text AS name, v.preview FROM state s JOIN name n ON n.id = s.stage JOIN state_field x ON x.state = s.id
       JOIN name f ON f.id = x.name JOIN field_value v ON v.id = x.value WHERE n.text = 'lab/mix' ORDER BY f.text`,
    );
    expect(fields.map(({ name }) => name)).toEqual([
      'code',
      'dep.zod',
      'in.noise',
      'in.parts.0',
      'in.parts.1',
      'in.parts.2',
      'in.unit',
      'runtime',
      'schema',
      'stage',
    ]);
    expect((await project.restage(['fsck', '--cache', project.cache])).code).toBe(0);
  });
});

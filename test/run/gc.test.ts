/** Evicting bytes: what still answers without them, and who makes them again. */
import { existsSync, rmSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { fsck } from '../helpers/fsck.ts';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';

interface Collection {
  readonly before: { readonly bytes: number; readonly files: number };
  readonly after: { readonly bytes: number; readonly files: number };
  readonly evicted: readonly { readonly node: string; readonly bytes: number; readonly seconds: number }[];
  readonly kept: readonly { readonly because: string; readonly bytes: number }[];
  readonly unrecorded: { readonly files: number };
}

async function gc(project: InProcessProject, ...args: string[]): Promise<Collection> {
  const { code, stdout, stderr } = await project.restage(['gc', '--json', '--cache', project.cache, ...args]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as Collection;
}

describe('a cache of which all bytes that can be made again were evicted', () => {
  let project: InProcessProject;
  let outputs: Readonly<Record<string, string>>;
  const ask = (...args: string[]) => project.restage([...args, '--cache', project.cache]);
  beforeAll(async () => {
    project = makeInProcessProject('lab');
    await project.run(['-S', 'digits=3']);
    await project.run();
    outputs = project.outputs();
    project.executed();
    const listed = await gc(project, '--dry-run', '--keep-runs', '0');
    const done = await gc(project, '--keep-runs', '0');
    expect(done).toEqual({ ...listed, dryRun: false });
    expect(done.evicted.map(({ node }) => node).sort()).toEqual([
      'mix',
      'noise',
      'scale@k=0',
      'scale@k=1',
      'scale@k=2',
      'source',
    ]);
    expect(project.objects().filter((path) => existsSync(path))).toEqual([]);
  });

  test('is sound, and says what was evicted', async () => {
    expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
    const { stdout } = await ask('fsck');
    expect(stdout).toMatch(/^6 artifacts \(.*\) evicted by "restage gc"$/m);
    expect((await ask('get', 'mix.mixed', '-o', project.beside('mixed.safetensors'))).stderr).toMatch(
      /^restage: The bytes of the artifact [0-9a-f]{8} were evicted on \d{4}-\d\d-\d\d by "restage gc"; "restage verify [0-9a-f]{8}" makes them again from the record\.\n$/,
    );
  });

  test.each([
    ['log'],
    ['log', 'run:1'],
    ['show', 'mix'],
    ['show', 'run:2'],
    ['how', 'mix.total'],
    ['how', 'mix.mixed'],
    ['uses', 'source'],
    ['compare', '1', '2'],
    ['diff', 'run:1', 'run:2'],
    ['why', 'run:2'],
    ['cost', 'run:1'],
    ['sql', 'SELECT node, evicted_at FROM artifacts WHERE evicted_at IS NOT NULL'],
    ['du'],
  ])('still answers: restage %s %s %s', async (...args) => {
    expect(await ask(...args.filter((word) => word !== undefined))).toMatchObject({ code: 0, stderr: '' });
  });

  test('has nothing to do, whether the plan is remembered or made', async () => {
    expect((await project.restage(['status', project.root, '--check', '--cache', project.cache])).code).toBe(0);
    for (const args of [[], ['--until', 'mix']]) {
      const { code, report } = await project.run(args);
      expect(code).toBe(0);
      expect(report!.counts).toMatchObject({ ran: 0, failed: 0 });
    }
    expect(project.executed()).toEqual([]);
  });

  test('makes again what a node needs that runs, and no more; its bytes are as they were', async () => {
    const { report, events } = await project.run(['-S', 'factor=5']);
    expect(report!.counts).toMatchObject({ failed: 0 });
    expect(project.executed()).toEqual(['mix', 'noise', 'note', 'scale 2', 'scale 3', 'scale 5', 'source']);
    const told = events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
    expect(told).toContain(
      'The bytes of source were evicted by "restage gc", and scale@k=0 needs them; it is made again.',
    );
    expect(told.filter((text) => /different bytes|missing/.test(text))).toEqual([]);
    const now = project.outputs();
    for (const output of ['source.data', 'noise.values', 'scale@k=1.data']) expect(now[output]).toBe(outputs[output]);
    expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
  });

  test('tells a file that was lost from one that was evicted', async () => {
    const [file] = project.objects().filter((path) => existsSync(path));
    rmSync(file!);
    expect((await fsck(project)).kinds).toEqual(['missing']);
    expect(await project.run(['-S', 'factor=5'])).toMatchObject({ code: 0 });
  });
});

/** Evicting bytes: what still answers without them, and who makes them again. */
import { existsSync, rmSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { refuse } from '../helpers/failing-disk.ts';
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
  ])('still answers: restage %s', async (...args) => {
    expect(await ask(...args)).toMatchObject({ code: 0, stderr: '' });
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

describe('what nothing may evict', () => {
  test('is what is pinned or tagged, what the last runs have, and what a limit leaves room for', async () => {
    const project = makeInProcessProject('lab');
    const ask = (...args: string[]) => project.restage([...args, '--cache', project.cache]);
    await project.run();
    await project.run(['-S', 'factor=5']);
    const files = project.objects();
    expect(files).toHaveLength(8);
    expect((await gc(project)).evicted).toEqual([]);
    expect((await gc(project, '--keep-runs', '1', '--dry-run')).evicted.map(({ node }) => node).sort()).toEqual([
      'mix',
      'scale@k=0',
    ]);
    expect((await ask('pin', 'run:1/mix', '--note', 'the old mix')).stdout).toMatch(/^state .* of lab\/mix is pinned/);
    expect((await ask('tag', 'run:1/scale@k=0', 'first')).code).toBe(0);
    expect((await ask('pin')).stdout).toMatch(/mix .*the old mix/);
    const kept = await gc(project, '--keep-runs', '1');
    expect(kept.evicted).toEqual([]);
    expect(kept.kept.map(({ because }) => because).sort()).toEqual(['pinned', 'recent', 'tagged']);
    expect((await ask('unpin', 'run:1/mix')).code).toBe(0);
    expect((await ask('unpin', 'run:1/mix')).stderr).toMatch(/is not pinned; "restage pin" lists what is/);
    expect((await gc(project, '--keep-runs', '1')).evicted.map(({ node }) => node)).toEqual(['mix']);
    // One of what is left is enough, and it is the cheapest for each byte.
    const some = await gc(project, '--keep-runs', '0', '--max-bytes', String(6 * 8100));
    expect(some.evicted).toHaveLength(1);
    expect(some.after.bytes).toBeLessThanOrEqual(6 * 8100);
    const over = await ask('gc', '--keep-runs', '0', '--max-bytes', '1K');
    expect(over.stdout).toMatch(/^That is more than 1\.0 KiB, and all of it was kept, most of it tagged;/m);
  });

  test('is not kept by a run of a project with a limit, which evicts what is over it when it ends', async () => {
    const project = makeInProcessProject('lab');
    const settings = { name: 'lab', private: true, type: 'module', restage: { cache: { maxBytes: '1K' } } };
    project.write('package.json', JSON.stringify(settings));
    const notices = ({ events }: Awaited<ReturnType<typeof project.run>>) =>
      events.flatMap((event) => (event.type === 'notice' ? [event.text] : [])).join('\n');
    // The last ten runs of the pipeline keep theirs.
    expect(notices(await project.run())).toMatch(
      /^The objects of the cache take more than the 0\.0 MiB of cache\.maxBytes, and all of them are kept;/m,
    );
    for (let k = 0; k < 10; k++) await project.run(['-S', `factor=${k + 5}`]);
    expect(notices(await project.run(['-S', 'factor=20']))).toMatch(
      /^The objects of the cache take more than the 0\.0 MiB of cache\.maxBytes: 0\.0 MiB of [12] states? were evicted/m,
    );
    const { counts } = (await project.run(['-S', 'factor=20'])).report!;
    expect(counts).toMatchObject({ ran: 0, failed: 0 });
    expect(await fsck(project)).toEqual({ code: 0, kinds: [] });
    // The run has all that it made, so it has not failed.
    const allowAgain = refuse('unlink', 'EROFS', new RegExp(`${project.cache}/objects/[0-9a-f]{2}/`));
    const unfreed = await project.run(['-S', 'factor=21']);
    allowAgain();
    expect(unfreed).toMatchObject({ code: 0, report: { outcome: 'ok' } });
    expect(notices(unfreed)).toMatch(
      /^The cache was not brought within cache\.maxBytes\. .*its file system is read-only; make it writable/m,
    );
    project.write('package.json', JSON.stringify({ ...settings, restage: { cache: { maxBytes: 'much' } } }));
    expect((await project.run()).stderr).toMatch(/give "much" for "cache\.maxBytes"; give a size, such as "20G"/);
  });
});

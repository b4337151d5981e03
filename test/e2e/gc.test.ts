/** `restage gc` among other processes, killed in its midst, and what `verify` makes again. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cacheKey, planKey } from '../../src/core/identity/cache-key.ts';
import { sha256 } from '../../src/core/identity/digest.ts';
import { Cache } from '../../src/store/cache.ts';
import { fsck } from '../../src/store/upkeep/fsck.ts';
import { type InProcessProject, inThisProcess } from '../helpers/in-process-project.ts';
import { makeProject, type Project } from '../helpers/project.ts';

const PIPELINE = `import { pipeline, stage, table, tableOf } from 'restage';
import { z } from 'zod';
import { pass } from './lab.ts';

export const make = stage({
  name: 'lab/make',
  params: z.strictObject({ gate: z.string() }),
  inputs: {},
  outputs: { data: table<'x'>() },
  env: ['LAB_GATES'],
  async run({ params: { gate }, signal }) {
    await pass(gate, signal);
    return { data: tableOf({ x: Float64Array.from({ length: 1000 }, (_, i) => i) }) };
  },
});
export const twice = stage({
  name: 'lab/twice',
  params: z.strictObject({ by: z.number() }),
  inputs: { data: table<'x'>() },
  outputs: { data: table<'x'>() },
  async run({ params: { by }, inputs }) {
    const { columns } = await inputs.data.read();
    return { data: tableOf({ x: columns.x.map((x) => by * x) }) };
  },
});
export default pipeline({
  name: 'held',
  params: z.strictObject({ gate: z.string().default('open'), by: z.number().default(2) }),
  build(p, { gate, by }) {
    const { data } = p.add(make, { params: { gate }, executor: 'in-process' }).out;
    return { data: p.add(twice, { params: { by }, inputs: { data }, executor: 'in-process' }).out.data };
  },
});
`;

function heldProject(): Project {
  const project = makeProject('lab').write('index.ts', PIPELINE);
  project.open('open');
  return project;
}

const gc = (project: Project | InProcessProject, ...args: string[]) =>
  project.restage(['gc', '--cache', project.cache, ...args]);
const isThere = (path: string) => existsSync(path);

test('nothing is evicted while a run executes; one that only waits for edits does not hinder it', async () => {
  const project = heldProject();
  const here = inThisProcess(project);
  const watch = await project.startRun(['--watch']);
  await watch.until(() => project.objects().length === 2);
  await watch.event(({ type }) => (type as string) === 'watch-waiting');
  const other = await project.startRun(['-S', 'gate=held', '-S', 'by=5']);
  await other.event(({ type }) => type === 'node-started');
  const refused = await gc(here, '--keep-runs', '0');
  expect(refused).toMatchObject({ code: 5, stdout: '' });
  expect(refused.stderr).toBe(
    `restage: Nothing is evicted, since run 2 (process ${other.pid}) uses this cache; wait until it has ended, and ask again.\n`,
  );
  project.open('held');
  expect((await other.ended).code).toBe(0);
  expect((await gc(here, '--keep-runs', '0')).code).toBe(0);
  expect(project.objects().filter(isThere)).toEqual([]);
  // What the watch knew is gone, and it needs it now.
  project.edit('index.ts', 'default(2)', 'default(3)');
  await watch.event((event) => event.type === 'run-finished' && event.run > 2);
  watch.kill('SIGINT');
  const { events } = await watch.result;
  const last = events.filter(({ type }) => type === 'run-finished').at(-1);
  expect(last).toMatchObject({ outcome: 'ok', counts: { ran: 2, failed: 0 } });
  expect(fsck(project.cache, { repair: false }).findings).toEqual([]);
});

test('an evicted state is executed again by verify, gives the same bytes, and has them again', async () => {
  const project = inThisProcess(heldProject());
  await project.run();
  const objects = project.objects();
  expect((await gc(project, '--keep-runs', '0')).code).toBe(0);
  expect(objects.filter(isThere)).toEqual([]);
  const { code, stdout, stderr } = await project.restage(['verify', 'twice', '--cache', project.cache]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^twice: same bytes \(.*\); its bytes, which were evicted, are back$/m);
  expect(stderr).toMatch(
    /^restage: State [0-9a-f]{8} of make, made by run 1, was evicted by "restage gc"; it is executed again from the record\.\n$/,
  );
  expect(objects.filter(isThere)).toEqual(objects);
  expect(project.count('eviction')).toBe(0);
  expect(fsck(project.cache, { repair: false })).toMatchObject({ findings: [], evicted: { files: 0 } });
});

describe('a cache of many objects', () => {
  const OBJECTS = 1500;
  const filesOf = (cache: string): number =>
    readdirSync(join(cache, 'objects'))
      .filter((shard) => shard.length === 2)
      .reduce((sum, shard) => sum + readdirSync(join(cache, 'objects', shard)).length, 0);

  async function manyObjects(): Promise<Project> {
    const project = makeProject();
    const cache = Cache.open(project.cache);
    const { record, objects } = cache;
    const code = sha256('code');
    record.code.add([
      { digest: code, stage: 's', module: 's.ts', exportName: 's', bundle: Buffer.from('1'), sources: [] },
    ]);
    const run = record.runs.begin({
      ...{ pipeline: 'p', source: 'p.ts', argv: [], params: {}, seed: 0, backend: 'none', jobs: 1, git: null },
      ...{ environment: { digest: sha256('{}'), facts: '{}' }, startedAt: 0, results: [] },
    });
    for (let i = 0; i < OBJECTS; i++) {
      const [task, node] = [`t${i}`, `n@i=${i}`];
      const fields = [{ name: 'param.i', digest: sha256(String(i)), preview: String(i) }];
      const key = cacheKey(fields);
      record.attempts.start({ task, run, node, number: 1, worker: 'w', at: 0 });
      record.attempts.end(task, { at: 1, compute: null, cpuSeconds: null, peakBytes: null, failure: null });
      record.states.add(task, {
        ...{ key, planKey: planKey(fields), stage: 's', code, fields, inputs: [], accesses: undefined, seconds: i },
        outputs: [{ name: 'x', kind: 'bytes', ...objects.put([Buffer.alloc(5000, `${i} `)]), inline: null }],
      });
      record.visits.add({ run, node, outcome: 'ran', state: key, reason: null });
    }
    record.runs.end(run, 'ok');
    await record.flush();
    cache.close();
    return project;
  }

  test('is sound wherever gc is killed, and whoever runs at the same time', async () => {
    const project = await manyObjects();
    expect(filesOf(project.cache)).toBe(OBJECTS);
    const killed = await project.start(['gc', '--keep-runs', '0', '--cache', project.cache]);
    while (filesOf(project.cache) === OBJECTS) await new Promise((resolve) => setTimeout(resolve, 1));
    killed.killGroup('SIGKILL');
    await killed.ended;
    const left = filesOf(project.cache);
    const checked = fsck(project.cache, { repair: false });
    expect(checked).toMatchObject({ damaged: 0, findings: [] });
    expect(checked.evicted.files).toBe(OBJECTS - left);
    const both = await Promise.all([gc(project, '--keep-runs', '0'), gc(project, '--keep-runs', '0')]);
    for (const { code, stderr } of both)
      if (code !== 0) expect(stderr).toMatch(/^restage: Nothing is evicted, since process \d+ uses this cache;/);
    expect(both.map(({ code }) => code)).toContain(0);
    expect(filesOf(project.cache)).toBe(0);
    expect(fsck(project.cache, { repair: false })).toMatchObject({ damaged: 0, evicted: { files: OBJECTS } });
  });
});

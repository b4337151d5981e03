/** `status --watch`: other processes hear all of a run, from its beginning to its end, and do nothing to it. */
import { chmodSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { admitNobody, NOBODY } from '../helpers/other-user.ts';
import { eventually } from '../helpers/eventually.ts';
import { type Live, makeProject, type Project } from '../helpers/project.ts';

/** Three in a row; each tallies its execution, says something, and holds until its gate is open. */
const PIPELINE = `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
import { pass, tally } from './lab.ts';

export const step = stage({
  name: 'lab/step',
  params: z.strictObject({ id: z.int(), fails: z.boolean() }),
  inputs: { above: json<number>() },
  outputs: { x: json<number>() },
  async run({ params: { id, fails }, inputs, signal, log, metric }) {
    tally(String(id));
    log('step ' + id + ' says Grüße');
    metric('id', id);
    metric('gap', 0 / 0);
    await pass('gate-' + id, signal);
    if (fails) throw new Error('it was told to');
    return { x: (await inputs.above.read()) + id };
  },
});

export const first = stage({
  name: 'lab/first',
  params: z.strictObject({}),
  inputs: {},
  outputs: { x: json<number>() },
  run: () => ({ x: 0 }),
});

export default pipeline({
  name: 'watched',
  params: z.strictObject({ fails: z.boolean().default(false) }),
  build(p, { fails }) {
    let { x } = p.add(first, { params: {}, executor: 'in-process' }).out;
    for (let id = 1; id <= 3; id++)
      x = p.add(step, { key: { id }, params: { id, fails: fails && id === 3 }, inputs: { above: x }, executor: 'in-process' }).out.x;
    return { x };
  },
});
`;

function watchedProject(...gates: readonly number[]): Project {
  const project = makeProject('lab').write('index.ts', PIPELINE);
  for (const gate of gates) project.open(`gate-${gate}`);
  return project;
}

/** Waits until the run can be watched. */
async function watchable(project: Project): Promise<void> {
  await eventually(() => liveFiles(project).length > 0);
}

function liveFiles(project: Project): readonly string[] {
  const directory = join(project.cache, 'live');
  return existsSync(directory) ? readdirSync(directory).toSorted() : [];
}

function watch(project: Project, args: readonly string[] = []): Promise<Live> {
  return project.start(['status', '--watch', '--json', '--cache', project.cache, ...args]);
}

function started(live: Live, id: number): Promise<unknown> {
  return live.event((event) => event.type === 'node-metric' && event.value === id);
}

describe('status --watch', () => {
  test('hears all that the run itself tells, however late it came, and its report; several may listen', async () => {
    const project = watchedProject(1);
    const run = await project.startRun();
    await started(run, 2);
    await watchable(project);
    const early = await watch(project);
    await started(early, 2);
    project.open('gate-2');
    await started(run, 3);
    const late = await watch(project, [project.root]);
    await Promise.all([started(early, 3), started(late, 3)]);
    project.open('gate-3');
    const [told, ...heard] = await Promise.all([run.result, early.result, late.result]);
    expect(told.code).toBe(0);
    expect(told.outcomes).toMatchObject({ 'step@id=3': 'ran' });
    for (const result of heard) {
      expect(result).toMatchObject({ code: 0, stderr: '' });
      // Nobody can watch a run before it has started.
      expect(result.stdout).toBe(told.stdout.replaceAll(/^\{"type":"run-preparing".*\n/gm, ''));
      expect(result.report).toEqual(told.report);
    }
    expect(liveFiles(project)).toEqual([]);
  });

  test('tells it in the same lines as the run itself', async () => {
    const project = watchedProject(1, 2);
    const run = await project.start(['run', project.root, '--cache', project.cache, '-v']);
    await run.said('start   step@id=3');
    await watchable(project);
    const watcher = await project.start(['status', project.root, '--watch', '--cache', project.cache, '-v']);
    await watcher.said('start   step@id=3');
    project.open('gate-3');
    const [told, heard] = await Promise.all([run.ended, watcher.ended]);
    expect(told.stdout).toContain('step 3 says Grüße');
    expect(heard).toEqual(told);
  });

  test('ends as the run does: failed, or interrupted', async () => {
    const failing = watchedProject(1, 2);
    const run = await failing.startRun(['-S', 'fails=true']);
    await started(run, 3);
    await watchable(failing);
    const watcher = await failing.start(['status', failing.root, '--watch', '--cache', failing.cache]);
    await watcher.said('start   step@id=3');
    failing.open('gate-3');
    const heard = await watcher.ended;
    expect(heard.code).toBe(1);
    expect(heard.stdout).toContain('failed  step@id=3 (error): it was told to');
    // What was given to the run, not to the watcher.
    expect(heard.stdout).toMatch(/continue with: restage run \S+ --reporter json --cache \S+ -S fails=true/);

    const long = watchedProject();
    const interrupted = await long.startRun();
    await started(interrupted, 1);
    await watchable(long);
    const other = await watch(long);
    await started(other, 1);
    interrupted.kill('SIGINT');
    expect(await other.result).toMatchObject({ code: 130, stderr: '', report: { outcome: 'interrupted' } });
  });

  test('says so in one sentence when the run was killed, and the next run clears away what it left', async () => {
    const project = watchedProject(1);
    const run = await project.startRun();
    await started(run, 2);
    await watchable(project);
    const watcher = await watch(project);
    await started(watcher, 2);
    run.kill('SIGKILL');
    const { code, stderr, report, events } = await watcher.result;
    expect(code).toBe(1);
    expect(report).toBeUndefined();
    expect(events.length).toBeGreaterThan(3);
    expect(stderr).toMatch(/^restage: run 1 of watched died: [^\n]+ restage run [^\n]+\n$/);
    expect(liveFiles(project)).toEqual(['1.ndjson']);

    const nobody = await project.restage(['status', '--watch', '--cache', project.cache]);
    expect(nobody.stderr).toMatch(/^restage: No run is in progress/);
    const again = await project.startRun();
    await started(again, 2);
    await eventually(() => liveFiles(project).includes('2.ndjson'));
    expect(liveFiles(project)).toEqual(['2.ndjson']);
    for (const gate of [2, 3]) project.open(`gate-${gate}`);
    expect((await again.result).code).toBe(0);
    expect(liveFiles(project)).toEqual([]);
  });

  test('clears away a file without a beginning only when it is old, and never stumbles over it', async () => {
    const project = watchedProject(1).withoutCache();
    const live = join(project.cache, 'live');
    mkdirSync(live, { recursive: true });
    const hourAgo = new Date(Date.now() - 3_600_000);
    for (const [name, content] of Object.entries({ 96: '', 97: '\0\0\0\n', 98: '', 99: '{"run":99,"pipe' }))
      writeFileSync(join(live, `${name}.ndjson`), content);
    for (const name of [96, 97]) utimesSync(join(live, `${name}.ndjson`), hourAgo, hourAgo);
    const none = await project.restage(['status', '--watch', '--cache', project.cache]);
    expect(none.stderr).toContain('There is no cache in');
    const run = await project.startRun();
    await started(run, 2);
    await eventually(() => liveFiles(project).includes('1.ndjson'));
    expect(liveFiles(project)).toEqual(['1.ndjson', '98.ndjson', '99.ndjson']);
    const watcher = await watch(project);
    await started(watcher, 2);
    for (const gate of [2, 3]) project.open(`gate-${gate}`);
    expect((await watcher.result).report).toEqual((await run.result).report);
  });

  test('leaves the run alone when it is left, or killed, or read no more', async () => {
    const project = watchedProject(1);
    const run = await project.startRun();
    await started(run, 2);
    await watchable(project);
    const watchers = await Promise.all([watch(project), watch(project), watch(project)]);
    for (const watcher of watchers) await started(watcher, 2);
    const [left, killed, unread] = watchers;
    left.kill('SIGINT');
    expect(await left.ended).toMatchObject({ code: 130, stderr: '' });
    killed.kill('SIGKILL');
    await killed.ended;
    unread.stopReading();
    project.open('gate-2');
    expect(await unread.ended).toMatchObject({ code: 0, stderr: '' });
    project.open('gate-3');
    expect(await run.result).toMatchObject({ code: 0, report: { outcome: 'ok', counts: { ran: 4 } } });
  });

  test('takes the newest of several, of the pipeline that is named, and names the others', async () => {
    const project = watchedProject(1);
    project.write(
      'other/index.ts',
      PIPELINE.replace("name: 'watched'", "name: 'other'").replaceAll('./lab.ts', '../lab.ts'),
    );
    const one = await project.startRun(['--seed', '1']);
    await started(one, 2);
    await eventually(() => liveFiles(project).length === 1);
    const two = await project.start([
      'run',
      project.path('other'),
      '--cache',
      project.cache,
      '--reporter',
      'json',
      '-f',
    ]);
    await two.event(({ type }) => type === 'run-started');
    await eventually(() => liveFiles(project).length === 2);
    const newest = await watch(project);
    const named = await watch(project, [project.root]);
    await newest.complaint('restage: watching run 2 of other; also in progress: run 1 of watched.\n');
    await named.complaint('restage: watching run 1 of watched; also in progress: run 2 of other.\n');
    for (const gate of [2, 3]) project.open(`gate-${gate}`);
    const results = await Promise.all([one.result, two.result, named.result, newest.result]);
    expect(results.map(({ report }) => report?.run)).toEqual([1, 2, 1, 2]);
  });

  test('without a run in progress says so, and shows the current status', async () => {
    const project = watchedProject(1, 2, 3);
    await project.run();
    expect((await project.restage(['status', '--watch', '--cache', project.cache])).stderr).toMatch(
      /^restage: No run is in progress in \S+; start one with: restage run <pipeline>\n$/,
    );
    const { code, stdout, stderr } = await project.restage(['status', 'index.ts', '--watch', '--cache', project.cache]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `restage: No run of index.ts is in progress in ${project.cache}; start one with: restage run index.ts\n`,
    });
    expect(stdout).toContain('all 4 nodes are up to date');
    const json = await project.restage(['status', 'index.ts', '--watch', '--json', '--cache', project.cache]);
    expect(json.stdout).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(json.stdout)).toMatchObject({ type: 'status', pipeline: 'watched', counts: { hit: 4 } });
    // Nothing ran, and whatever is over at once leaves no trace either.
    await project.run();
    expect(liveFiles(project)).toEqual([]);
  });

  test('needs no more than the right to read the cache', async ({ skip }) => {
    const project = watchedProject(1);
    const hindrance = await admitNobody(project);
    skip(hindrance !== undefined, hindrance);
    const run = await project.startRun();
    await started(run, 2);
    await watchable(project);
    for (const directory of [project.cache, join(project.cache, 'live')]) chmodSync(directory, 0o755);
    const watcher = await project.start(['status', '--watch', '--json', '--cache', project.cache], { uid: NOBODY });
    await started(watcher, 2);
    for (const gate of [2, 3]) project.open(`gate-${gate}`);
    expect((await watcher.result).report).toEqual((await run.result).report);
  });

  test('costs a run no more than a sentence when its events cannot be written', async () => {
    const project = watchedProject(1, 2, 3);
    mkdirSync(project.cache, { recursive: true });
    writeFileSync(join(project.cache, 'live'), 'in the way');
    project.close('gate-3');
    const run = await project.startRun();
    const notice = await run.event(({ type }) => type === 'notice');
    expect((notice as { readonly text: string }).text).toMatch(
      /^Run 1 can no longer be watched from another process .*; it continues/,
    );
    project.open('gate-3');
    expect((await run.result).code).toBe(0);
  });
});

/**
 * `status --watch`: other processes hear all of a run, from its beginning to its end, and do nothing to it. What needs
 * no process of its own is in test/cli/status-watch.test.ts.
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { admitNobody, NOBODY } from '../helpers/other-user.ts';
import { eventually } from '../helpers/eventually.ts';
import { inThisProcess } from '../helpers/in-process-project.ts';
import { type Live, makeProject, type Project } from '../helpers/project.ts';
import { Going, holding, liveFiles, PIPELINE, run, started, watch, watchable } from '../helpers/watched-runs.ts';

function watchedProject(...gates: readonly number[]): Project {
  return holding(makeProject('lab'), ...gates);
}

/** One who watches in a process of its own. */
function apart(project: Project): Promise<Live> {
  return project.start(['status', '--watch', '--json', '--cache', project.cache]);
}

describe('status --watch', () => {
  test('hears all that the run itself tells, however late it came, and its report; several may listen', async () => {
    const project = watchedProject(1);
    const run = await project.startRun();
    await started(run, 2);
    await watchable(project);
    const early = await apart(project);
    await started(early, 2);
    project.open('gate-2');
    await started(run, 3);
    const late = watch(project, [project.root]);
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

  test('says so in one sentence when the run was killed, and the next run clears away what it left', async () => {
    const project = watchedProject(1);
    const making = await project.startRun();
    await started(making, 2);
    await watchable(project);
    const watcher = watch(project);
    await started(watcher, 2);
    making.kill('SIGKILL');
    const { code, stderr, report, events } = await watcher.result;
    expect(code).toBe(1);
    expect(report).toBeUndefined();
    expect(events.length).toBeGreaterThan(3);
    expect(stderr).toMatch(/^restage: run 1 of watched died: [^\n]+ restage run [^\n]+\n$/);
    expect(liveFiles(project)).toEqual(['1.ndjson']);

    const nobody = await inThisProcess(project).restage(['status', '--watch', '--cache', project.cache]);
    expect(nobody.stderr).toMatch(/^restage: No run is in progress/);
    const again = run(project);
    await started(again, 2);
    await eventually(() => liveFiles(project).includes('2.ndjson'));
    expect(liveFiles(project)).toEqual(['2.ndjson']);
    for (const gate of [2, 3]) project.open(`gate-${gate}`);
    expect((await again.result).code).toBe(0);
    expect(liveFiles(project)).toEqual([]);
  });

  test('leaves the run alone when it is left, or killed, or read no more', async () => {
    const project = watchedProject(1);
    const making = run(project);
    await started(making, 2);
    await watchable(project);
    const left = watch(project);
    const [killed, unread] = await Promise.all([apart(project), apart(project)]);
    for (const watcher of [left, killed, unread]) await started(watcher, 2);
    left.interrupt();
    expect(await left.result).toMatchObject({ code: 130, stderr: '' });
    killed.kill('SIGKILL');
    await killed.ended;
    unread.stopReading();
    project.open('gate-2');
    expect(await unread.ended).toMatchObject({ code: 0, stderr: '' });
    project.open('gate-3');
    expect(await making.result).toMatchObject({ code: 0, report: { outcome: 'ok', counts: { ran: 4 } } });
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
    const two = new Going(project, [
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
    const newest = watch(project);
    const named = watch(project, [project.root]);
    await newest.complaint('restage: watching run 2 of other; also in progress: run 1 of watched.\n');
    await named.complaint('restage: watching run 1 of watched; also in progress: run 2 of other.\n');
    for (const gate of [2, 3]) project.open(`gate-${gate}`);
    const results = await Promise.all([one.result, two.result, named.result, newest.result]);
    expect(results.map(({ report }) => report?.run)).toEqual([1, 2, 1, 2]);
  });

  test('needs no more than the right to read the cache', async ({ skip }) => {
    const project = watchedProject(1);
    const hindrance = await admitNobody(project);
    skip(hindrance !== undefined, hindrance);
    const making = run(project);
    await started(making, 2);
    await watchable(project);
    for (const directory of [project.cache, join(project.cache, 'live')]) chmodSync(directory, 0o755);
    const watcher = await project.start(['status', '--watch', '--json', '--cache', project.cache], { uid: NOBODY });
    await started(watcher, 2);
    for (const gate of [2, 3]) project.open(`gate-${gate}`);
    expect((await watcher.result).report).toEqual((await making.result).report);
  });
});

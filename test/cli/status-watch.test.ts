/** `status --watch` of a run in this process. That other processes can watch is in test/e2e/watch.test.ts. */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';
import { copyKnownPackages } from '../helpers/known-record.ts';
import { Going, holding, liveFiles, run, started, watch, watchable } from '../helpers/watched-runs.ts';

function watchedProject(...gates: readonly number[]): InProcessProject {
  return holding(makeInProcessProject('lab'), ...gates);
}

describe('status --watch', () => {
  test('tells it in the same lines as the run itself', async () => {
    const project = watchedProject(1, 2);
    const making = new Going(project, ['run', project.root, '--cache', project.cache, '-v']);
    await making.said('start   step@id=3');
    await watchable(project);
    const watcher = new Going(project, ['status', project.root, '--watch', '--cache', project.cache, '-v']);
    await watcher.said('start   step@id=3');
    project.open('gate-3');
    const [told, heard] = await Promise.all([making.result, watcher.result]);
    expect(told.stdout).toContain('step 3 says Grüße');
    expect([heard.code, heard.stdout, heard.stderr]).toEqual([told.code, told.stdout, told.stderr]);
  });

  test('ends as the run does: failed, or interrupted', async () => {
    const failing = watchedProject(1, 2);
    const making = run(failing, ['-S', 'fails=true']);
    await started(making, 3);
    await watchable(failing);
    const watcher = new Going(failing, ['status', failing.root, '--watch', '--cache', failing.cache]);
    await watcher.said('start   step@id=3');
    failing.open('gate-3');
    const heard = await watcher.result;
    expect(heard.code).toBe(1);
    expect(heard.stdout).toContain('failed  step@id=3 (error): it was told to');
    // What was given to the run, not to the watcher.
    expect(heard.stdout).toMatch(/continue with: restage run \S+ --reporter json --cache \S+ -S fails=true/);

    const long = watchedProject();
    const interrupted = run(long);
    await started(interrupted, 1);
    await watchable(long);
    const other = watch(long);
    await started(other, 1);
    interrupted.interrupt();
    expect(await other.result).toMatchObject({ code: 130, stderr: '', report: { outcome: 'interrupted' } });
  });

  test('clears away a file without a beginning only when it is old, and never stumbles over it', async () => {
    const project = watchedProject(1);
    project.cache = project.beside('new');
    const live = join(project.cache, 'live');
    mkdirSync(live, { recursive: true });
    const hourAgo = new Date(Date.now() - 3_600_000);
    for (const [name, content] of Object.entries({ 96: '', 97: '\0\0\0\n', 98: '', 99: '{"run":99,"pipe' }))
      writeFileSync(join(live, `${name}.ndjson`), content);
    for (const name of [96, 97]) utimesSync(join(live, `${name}.ndjson`), hourAgo, hourAgo);
    const none = await project.restage(['status', '--watch', '--cache', project.cache]);
    expect(none.stderr).toContain('There is no cache in');
    copyKnownPackages(project.cache);
    const making = run(project);
    await started(making, 2);
    await eventually(() => liveFiles(project).includes('1.ndjson'));
    expect(liveFiles(project)).toEqual(['1.ndjson', '98.ndjson', '99.ndjson']);
    const watcher = watch(project);
    await started(watcher, 2);
    for (const gate of [2, 3]) project.open(`gate-${gate}`);
    expect((await watcher.result).report).toEqual((await making.result).report);
  });

  test('without a run in progress says so, and shows the current status', async () => {
    const project = watchedProject(1, 2, 3);
    expect((await project.run()).code).toBe(0);
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

  test('costs a run no more than a sentence when its events cannot be written', async () => {
    const project = watchedProject(1, 2, 3);
    mkdirSync(project.cache, { recursive: true });
    writeFileSync(join(project.cache, 'live'), 'in the way');
    project.close('gate-3');
    const making = run(project);
    const notice = await making.event(({ type }) => type === 'notice');
    expect((notice as { readonly text: string }).text).toMatch(
      /^Run 1 can no longer be watched from another process .*; it continues/,
    );
    project.open('gate-3');
    expect((await making.result).code).toBe(0);
  });
});

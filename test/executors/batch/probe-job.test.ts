/** What a probe makes of a system that refuses it, forgets it, or does not let it end. */
import { existsSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as turn } from 'node:timers/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import { CacheError } from '../../../src/errors.ts';
import { removeForgottenUnits } from '../../../src/executors/batch/units/forgotten-units.ts';
import { probe, type Probed } from '../../../src/executors/batch/probe/probe-job.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { ScriptedSystem } from './scripted-system.ts';

let system: ScriptedSystem;
let cacheDirectory: string;
beforeEach(() => {
  system = new ScriptedSystem();
  cacheDirectory = temporaryDirectory();
});

const probed = (signal?: AbortSignal): Promise<Probed> =>
  probe({ system, cacheDirectory, options: { partition: 'long' }, waitMs: 20, graceMs: 20, signal });

const unit = (): Promise<string> => vi.waitFor(() => system.requests[0]!.unit);

test('a system that takes no job is quoted, and nothing is left', async () => {
  system.answers.push({ type: 'busy', reason: 'too many jobs' });
  expect(await probed()).toEqual({ outcome: { type: 'busy', reason: 'too many jobs' }, leftBehind: null });
  expect(system.requests).toMatchObject([{ options: { partition: 'long' }, needs: { cpus: 1, gpus: 0 } }]);
  expect(existsSync(join(cacheDirectory, 'batch'))).toBe(false);
});

test('a job that waits too long is cancelled, and the reason is told', async () => {
  const ended = probed();
  system.jobs!.set(await unit(), { job: '7', state: 'waiting', why: 'Priority' });
  expect(await ended).toEqual({ outcome: { type: 'never-started', job: '7', why: 'Priority' }, leftBehind: null });
  expect(system.cancelled).toEqual(['7']);
});

test('a job whose end is told, and of which nothing can be seen, is silent', async () => {
  const ended = probed();
  system.end(await unit(), 'failed');
  const outcome = { type: 'silent', job: '1', host: 'n1', said: 'failed' };
  expect(await ended).toEqual({ outcome, leftBehind: null });
  expect(system.cancelled).toEqual([]);
});

test('a job that nobody has seen, since the answer to its submission was lost, is told with the reason of that', async () => {
  system.answers.push({ type: 'unanswered', reason: 'timed out' });
  const ended = probed();
  system.jobs!.delete(await unit());
  expect(await ended).toEqual({ outcome: { type: 'unanswered', reason: 'timed out' }, leftBehind: null });
});

test('a job that is seen though the answer to its submission was lost is as any other', async () => {
  system.answers.push({ type: 'unanswered', reason: 'timed out' });
  const ended = probed();
  system.jobs!.set(await unit(), { job: '7', state: 'waiting', why: 'Priority' });
  expect((await ended).outcome).toEqual({ type: 'never-started', job: '7', why: 'Priority' });
});

test('a file that the system reads and that cannot be written is trouble of the cache, and nothing is left', async () => {
  system.answers.push({ type: 'unwritten', error: new CacheError('there is no space left') });
  await expect(probed()).rejects.toThrow(CacheError);
  expect(existsSync(join(cacheDirectory, 'batch'))).toBe(false);
});

test('a job that does not end is named, by its unit where nobody knows its number, also after an interrupt', async () => {
  system.cancel = () => Promise.resolve();
  const named: string[] = [];
  const controller = new AbortController();
  const options = { partition: 'long' };
  const more = { waitMs: 20, graceMs: 20, cancelMs: 20, onLeftBehind: (job: string) => named.push(job) };
  const ended = probe({ system, cacheDirectory, options, ...more, signal: controller.signal });
  await unit();
  controller.abort(new Error('enough'));
  await expect(ended).rejects.toThrow('enough');
  expect(named).toEqual(['1']);
  system.answers.push({ type: 'unanswered', reason: 'timed out' });
  system.jobs = undefined;
  const { outcome, leftBehind } = await probe({ system, cacheDirectory, options, ...more });
  expect(outcome).toEqual({ type: 'unanswered', reason: 'timed out' });
  expect(leftBehind).toBe(system.requests[1]!.unit);
  expect(named).toEqual(['1']);
});

test('a job that is not waited for is named at once, also while nobody knows its number', async () => {
  let accept: () => void = () => undefined;
  const submit = system.submit.bind(system);
  system.submit = async (request) => {
    const answer = await submit(request);
    await new Promise<void>((resolve) => (accept = resolve));
    return answer;
  };
  system.cancel = () => Promise.resolve();
  const named: string[] = [];
  const [stop, leave, leaveLater] = [new AbortController(), new AbortController(), new AbortController()];
  const begin = (leaving: AbortSignal): Promise<Probed> =>
    probe({
      ...{ system, cacheDirectory, options: {}, waitMs: 20, graceMs: 20, cancelMs: 20, signal: stop.signal, leaving },
      onLeftBehind: (job) => named.push(job),
    });
  const ended = begin(leave.signal);
  ended.catch(() => undefined);
  await vi.waitFor(() => expect(system.requests).toHaveLength(1));
  stop.abort(new Error('enough'));
  leave.abort();
  expect(named).toEqual([system.requests[0]!.unit]);
  accept();
  const later = begin(leaveLater.signal);
  later.catch(() => undefined);
  await vi.waitFor(() => expect(system.requests).toHaveLength(2));
  accept();
  await vi.waitFor(() => expect(system.jobs).toHaveProperty('size', 2));
  await turn();
  leaveLater.abort();
  expect(named).toEqual([system.requests[0]!.unit, '2']);
  await expect(ended).rejects.toThrow('enough');
  await expect(later).rejects.toThrow('enough');
  // Nobody has to be told twice.
  expect(named).toHaveLength(2);
});

test('a job may wait for days: its directory stays young, so that no other run removes it', async () => {
  const controller = new AbortController();
  const waiting = { waitMs: Number.POSITIVE_INFINITY, graceMs: 20, signal: controller.signal };
  const ended = probe({ system, cacheDirectory, options: {}, ...waiting });
  system.jobs!.set(await unit(), { job: '7', state: 'waiting', why: 'Priority' });
  const { directory } = system.requests[0]!;
  const days = Date.now() / 1000 - 2 * 86_400;
  utimesSync(directory, days, days);
  await vi.waitFor(() => expect(statSync(directory).mtimeMs / 1000).toBeGreaterThan(days + 86_400));
  removeForgottenUnits(cacheDirectory, Date.now());
  expect(existsSync(directory)).toBe(true);
  controller.abort(new Error('enough'));
  await expect(ended).rejects.toThrow('enough');
});

test('an interrupt cancels the job, and ends the probe with its own reason', async () => {
  const controller = new AbortController();
  const ended = probed(controller.signal);
  await unit();
  controller.abort(new Error('enough'));
  await expect(ended).rejects.toThrow('enough');
  expect(system.cancelled).toEqual(['1']);
});

/** What the executor makes of what a system says, and of what it does not say. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { CacheError } from '../../../src/errors.ts';
import { BatchBench, PACE } from './batch-bench.ts';
import { Job } from './scripted-system.ts';

let bench: BatchBench;
afterEach(() => bench.executor.leave());

describe('a task in a queue', () => {
  test('has its handle told before its job is asked for', async () => {
    bench = new BatchBench();
    const told = vi.fn();
    const { system } = bench;
    const submit = system.submit.bind(system);
    vi.spyOn(system, 'submit').mockImplementation((request) => {
      told(bench.events.map((event) => (event.type === 'submitted' ? [event.task, event.handle] : event.type)));
      return submit(request);
    });
    bench.executor.submit(bench.task('a'));
    await bench.submitted();
    expect(told).toHaveBeenCalledWith([['a', { unit: system.requests[0]!.unit, member: 0 }]]);
  });

  test('ends with its result, whatever the queue says: that its job failed, or nothing at all', async () => {
    bench = new BatchBench();
    bench.executor.submit(bench.task('a'));
    const job = await bench.submitted();
    job.begin(0);
    job.succeed(0);
    bench.system.end(bench.system.requests[0]!.unit, 'failed');
    expect(await bench.ended('a')).toMatchObject({ type: 'succeeded' });
    // The file of what it told before never became visible.
    expect(bench.events.filter(({ task, type }) => task === 'a' && type === 'started')).toHaveLength(1);
    bench.executor.submit(bench.task('b'));
    const other = await bench.submitted(2);
    bench.system.jobs = undefined;
    other.begin(0);
    other.succeed(0);
    expect(await bench.ended('b')).toMatchObject({ type: 'succeeded' });
  });

  test('ends with its result before the queue is asked again, once its job is seen to run', async () => {
    bench = new BatchBench();
    await bench.executor.leave();
    bench.executor = bench.open({ ...PACE, lookMs: 3_600_000, fileLookMs: 2 });
    const observe = vi.spyOn(bench.system, 'observe');
    // An earlier run has submitted it: it is looked for at once.
    bench.executor.submit(bench.task('a'));
    const job = await bench.submitted();
    bench.executor.reattach(bench.task('b'), { unit: bench.system.requests[0]!.unit, member: 0 });
    await vi.waitFor(() => expect(observe).toHaveBeenCalled());
    job.begin(0);
    job.succeed(0);
    expect(await bench.ended('a')).toMatchObject({ type: 'succeeded' });
    expect(observe).toHaveBeenCalledOnce();
  });

  test.each([
    ['ahead', 86_400_000],
    ['behind', -86_400_000],
  ])(
    'ends with its result where the clock of its host is a day %s, and took as long as it took there',
    async (_, ahead) => {
      bench = new BatchBench();
      for (let i = 0; i < 68; i++) bench.executor.submit(bench.task(String(i), { stage: 's' }));
      // The scouts of a stage that nobody has executed.
      await bench.submitted(4);
      const startedAt = Date.now() + ahead;
      for (const request of bench.system.requests) {
        const job = new Job(request);
        job.begin(0);
        job.succeed(0, [], { startedAt, endedAt: startedAt + 100_000 });
      }
      expect(await bench.ended('0')).toMatchObject({ type: 'succeeded', usage: { startedAt } });
      // The others take 100 s each: four of them share a job.
      expect((await bench.submitted(20)).tasks).toHaveLength(4);
    },
  );

  test('is lost with an output that its result names and that never appears', async () => {
    bench = new BatchBench();
    bench.executor.submit(bench.task('a'));
    const job = await bench.submitted();
    job.begin(0);
    job.succeed(0, [{ name: 'x', kind: 'json', digest: sha256('x'), bytes: 1, inline: null }]);
    await bench.looks(3);
    expect(bench.events.filter(({ type }) => type === 'failed' || type === 'succeeded')).toEqual([]);
    bench.system.end(bench.system.requests[0]!.unit, 'completed');
    expect(await bench.ended('a')).toMatchObject({
      failure: { class: 'lost', message: expect.stringContaining('its output x has not appeared') as string },
      usage: { endedAt: 100 },
    });
  });

  test('is not lost because nobody answers, for however long', async () => {
    bench = new BatchBench();
    bench.executor.submit(bench.task('a'));
    const job = await bench.submitted();
    job.begin(0);
    bench.system.jobs = undefined;
    await bench.looks(30);
    expect(bench.events.filter(({ type }) => type === 'failed')).toEqual([]);
    expect(bench.events.at(-1)).toMatchObject({ type: 'observed', state: 'unknown', why: 'Batch does not answer' });
    bench.system.jobs = new Map();
    job.succeed(0);
    expect(await bench.ended('a')).toMatchObject({ type: 'succeeded' });
  });

  test('that its job had begun is lost with it; one that it had not begun goes into another job, silently', async () => {
    bench = new BatchBench();
    const resources = { needs: { cpus: 1, memoryMiB: null, gpus: 0 }, seconds: 1, options: {} };
    // More tasks than jobs that they are divided among at least.
    for (let i = 0; i < 16; i++) bench.executor.submit(bench.task(String(i), { stage: 's', resources }));
    await bench.submitted(8);
    const first = new Job(bench.system.requests[0]!);
    expect(first.tasks.map(({ id }) => id)).toEqual(['0', '1']);
    first.begin(0);
    bench.system.end(bench.system.requests[0]!.unit, 'host-lost');
    expect(await bench.ended('0')).toMatchObject({
      failure: { class: 'lost', message: /^The host of Batch job 1 on n1/ },
    });
    await bench.submitted(9);
    expect(new Job(bench.system.requests[8]!).tasks.map(({ id }) => id)).toEqual(['1']);
    expect(first.has('withdrawn')).toBe(true);
    expect(bench.events.filter(({ task, type }) => task === '1' && type === 'failed')).toEqual([]);
    // Another attempt at what was lost avoids the host.
    bench.executor.submit(bench.task('0', { stage: 's', resources }));
    await bench.submitted(10);
    expect(bench.system.requests[9]!.avoid).toEqual(['n1']);
  });

  test('that its host refuses is lost, and no task that computes the same goes to that host any more', async () => {
    bench = new BatchBench();
    const computes = (device: string) => ({ name: 'b', version: '1', device, driver: 'd', digest: sha256(device) });
    bench.executor.submit(bench.task('a', { computes: computes('H200') }));
    const job = await bench.submitted();
    // The system has called the host n1 by now.
    await bench.looks(2);
    job.begin(0);
    job.refuse(0, 'host-as-it-calls-itself');
    expect(await bench.ended('a')).toMatchObject({ failure: { class: 'lost' }, ofHost: 'host-as-it-calls-itself' });
    bench.executor.submit(bench.task('b', { computes: computes('H200') }));
    await bench.submitted(2);
    bench.executor.submit(bench.task('c', { computes: computes('A100') }));
    await bench.submitted(3);
    bench.executor.submit(bench.task('d'));
    await bench.submitted(4);
    expect(bench.system.requests.map(({ avoid }) => avoid)).toEqual([[], ['n1'], [], []]);
  });

  test('whose job vanished is submitted again, and a job that is asked for twice gets more memory after it lacked some', async () => {
    bench = new BatchBench();
    const resources = { needs: { cpus: 1, memoryMiB: 1000, gpus: 0 }, seconds: 1, options: {} };
    bench.executor.submit(bench.task('a', { resources }));
    await bench.submitted();
    const asked = bench.system.requests[0]!.needs.memoryMiB!;
    bench.system.jobs!.clear();
    const second = await bench.submitted(2);
    second.begin(0);
    bench.system.end(bench.system.requests[1]!.unit, 'memory');
    expect(await bench.ended('a')).toMatchObject({ failure: { class: 'oom' } });
    bench.executor.submit(bench.task('a', { resources }));
    await bench.submitted(3);
    // Of what the stage needs; what the job itself takes stays the same.
    expect(bench.system.requests[2]!.needs.memoryMiB).toBe(asked + 1000);
  });

  test('has run out of memory where only the log of its job says so; what that job had not begun goes elsewhere', async () => {
    bench = new BatchBench();
    bench.system.endInLog = (line) => (line === 'too much' ? 'memory' : undefined);
    const resources = { needs: { cpus: 1, memoryMiB: 1000, gpus: 0 }, seconds: 1, options: {} };
    for (let i = 0; i < 16; i++) bench.executor.submit(bench.task(`a${i}`, { stage: 'stage-a', resources }));
    await bench.submitted(8);
    const [first] = bench.system.requests;
    new Job(first!).begin(0);
    writeFileSync(join(first!.directory, 'job.log'), 'hello\ntoo much\n');
    bench.system.end(first!.unit, 'not-started');
    expect(await bench.ended('a0')).toMatchObject({ failure: { class: 'oom' } });
    const moved = await bench.submitted(9);
    expect(moved.tasks.map(({ id }) => id)).toEqual(['a1']);
    // A job that has begun a task was started, whatever its system says.
    moved.begin(0);
    bench.system.end(bench.system.requests[8]!.unit, 'not-started');
    expect(await bench.ended('a1')).toMatchObject({
      failure: { class: 'crash', message: expect.stringContaining('ended before it gave a result') as string },
    });
  });

  test('waits while the system is too busy, and fails with the words of one that refuses it', async () => {
    bench = new BatchBench();
    bench.system.answers.push({ type: 'busy', reason: 'later' }, { type: 'refused', reason: 'no such partition' });
    bench.executor.submit(bench.task('a'));
    expect(await bench.ended('a')).toMatchObject({
      failure: { class: 'error', message: 'Batch refuses the job of node node-a: no such partition.' },
    });
    expect(bench.system.requests).toHaveLength(2);
  });

  test('of which nobody wants anything any more is not asked for again', async () => {
    bench = new BatchBench();
    bench.system.answers.push(...Array.from({ length: 99 }, () => ({ type: 'busy', reason: 'later' }) as const));
    bench.executor.submit(bench.task('a'));
    await vi.waitFor(() => expect(bench.system.requests.length).toBeGreaterThan(1));
    bench.executor.cancel('a');
    expect(await bench.ended('a')).toMatchObject({ failure: { class: 'cancelled' } });
    await bench.executor.close();
    expect(bench.system.cancelled).toEqual([]);
  });

  test('is written down when its turn has come, and may be cancelled until then', async () => {
    bench = new BatchBench();
    bench.system.answers.push(...Array.from({ length: 30 }, () => ({ type: 'busy', reason: 'later' }) as const));
    const resources = { needs: { cpus: 1, memoryMiB: null, gpus: 0 }, seconds: 1, options: {} };
    for (let i = 0; i < 16; i++) bench.executor.submit(bench.task(String(i), { stage: 's', resources }));
    await vi.waitFor(() => expect(bench.system.requests.length).toBeGreaterThan(2));
    expect(bench.events.filter(({ type }) => type === 'submitted').map(({ task }) => task)).toEqual(['0', '1']);
    for (const id of ['3', '4', '5']) bench.executor.cancel(id);
    expect(await bench.ended('4')).toMatchObject({ failure: { class: 'cancelled' } });
    bench.system.answers.length = 0;
    await vi.waitFor(() => expect(bench.system.jobs!.size).toBe(7));
    const jobs = new Map(bench.system.requests.map((request) => [request.unit, new Job(request)]));
    expect([...jobs.values()].map((job) => job.tasks.map(({ id }) => id))).toEqual([
      ['0', '1'],
      ['2'],
      ['6', '7'],
      ['8', '9'],
      ['10', '11'],
      ['12', '13'],
      ['14', '15'],
    ]);
  });

  test('has a result also where the queue says that its job waits again', async () => {
    bench = new BatchBench();
    bench.executor.submit(bench.task('a'));
    const job = await bench.submitted();
    await bench.looks(2);
    job.begin(0);
    job.succeed(0);
    bench.system.jobs!.set(bench.system.requests[0]!.unit, { job: '1', state: 'waiting', why: 'BeginTime' });
    expect(await bench.ended('a')).toMatchObject({ type: 'succeeded' });
  });

  test('goes to the host that it was to avoid where that is the only one', async () => {
    bench = new BatchBench();
    bench.executor.submit(bench.task('a'));
    (await bench.submitted()).begin(0);
    bench.system.end(bench.system.requests[0]!.unit, 'host-lost');
    expect(await bench.ended('a')).toMatchObject({ failure: { class: 'lost' } });
    bench.system.answers.push({ type: 'refused', reason: 'Requested node configuration is not available.' });
    bench.executor.submit(bench.task('a'));
    await bench.submitted(3);
    expect(bench.system.requests.map(({ avoid }) => avoid)).toEqual([[], ['n1'], []]);
  });

  test('whose job obeyed when it had to make room is lost, and may return to the same host', async () => {
    bench = new BatchBench();
    bench.executor.submit(bench.task('a'));
    const job = await bench.submitted();
    job.begin(0);
    job.mark('vacated');
    bench.system.end(bench.system.requests[0]!.unit, 'completed');
    expect(await bench.ended('a')).toMatchObject({ failure: { class: 'lost', message: /was preempted/ } });
    bench.executor.submit(bench.task('a'));
    await bench.submitted(2);
    expect(bench.system.requests[1]!.avoid).toEqual([]);
  });

  test('moves to other jobs a few times, and is lost then', async () => {
    bench = new BatchBench();
    bench.executor.submit(bench.task('a'));
    for (let moves = 1; moves <= 4; moves++) {
      await bench.submitted(moves);
      bench.system.end(bench.system.requests.at(-1)!.unit, 'preempted');
    }
    expect(await bench.ended('a')).toMatchObject({ failure: { class: 'lost' } });
    expect(bench.system.requests).toHaveLength(4);
  });

  test('that cannot be written down says so, and that it is not its own fault', async () => {
    bench = new BatchBench();
    writeFileSync(join(bench.directory, 'batch'), 'not a directory');
    bench.executor.submit(bench.task('a'));
    expect(await bench.ended('a')).toMatchObject({
      ofCache: true,
      failure: { message: expect.stringContaining(bench.directory) as string },
    });
  });

  test('whose job cannot be written down for the system ends by a failure of the cache', async () => {
    bench = new BatchBench();
    bench.system.answers.push({ type: 'unwritten', error: new CacheError('there is no space left') });
    bench.executor.submit(bench.task('a'));
    expect(await bench.ended('a')).toMatchObject({ ofCache: true, failure: { message: 'there is no space left' } });
  });

  test('is looked for where the answer to its submission was lost', async () => {
    bench = new BatchBench();
    bench.system.answers.push({ type: 'unanswered', reason: 'no answer' });
    bench.executor.submit(bench.task('a'));
    const job = await bench.submitted();
    await vi.waitFor(() => expect(bench.events.at(-1)).toMatchObject({ type: 'observed', note: 'job 1 on n1' }));
    job.begin(0);
    job.succeed(0);
    expect(await bench.ended('a')).toMatchObject({ type: 'succeeded' });
    expect(bench.system.requests).toHaveLength(1);
  });

  test('with secrets is refused, since a job gets all that it gets in files', async () => {
    bench = new BatchBench();
    bench.executor.submit(bench.task('a', { secrets: { values: [], env: ['TOKEN'] } }));
    expect(await bench.ended('a')).toMatchObject({ failure: { message: /^Node node-a has secrets/ } });
    expect(bench.system.requests).toEqual([]);
  });
});

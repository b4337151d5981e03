/** The logs are what HTCondor 23.9 wrote of jobs on this project's test pool, except for those that say so. */
import { describe, expect, test } from 'vitest';
import { EventLog } from '../../../src/executors/condor/event-log.ts';
import { JobStory } from '../../../src/executors/condor/job-story.ts';

const PERIODIC_REMOVE =
  "The job attribute PeriodicRemove expression '(JobStatus == 5 && HoldReasonCode =!= 1) || (NumJobStarts > 0 && (JobStatus == 1 || JobStatus == 5))' evaluated to TRUE";

const SUBMITTED = event('000', 'Job submitted from host: <127.0.0.1:38223?addrs=127.0.0.1-38223&alias=manager>');
const EXECUTING = event(
  '001',
  'Job executing on host: <127.0.0.1:42793?addrs=127.0.0.1-42793&alias=n1>',
  'SlotName: slot1_1@n1',
  'CondorScratchDir = "/tmp/c/execute/dir_8274"',
  'Cpus = 1',
);
const IMAGE_SIZE = event('006', 'Image size of job updated: 2588', '2  -  MemoryUsage of job (MB)');
const EVICTED = event(
  '004',
  'Job was evicted.',
  '(0) CPU times',
  'Usr 0 00:00:00, Sys 0 00:00:00  -  Run Remote Usage',
);
const DISCONNECTED = event(
  '022',
  'Job disconnected, attempting to reconnect',
  'Socket between submit and execute hosts closed unexpectedly',
  'Trying to reconnect to slot1_2@n1 <127.0.0.1:42793?addrs=127.0.0.1-42793&alias=n1>',
);
const REMOVED_BY_ITSELF = event('009', 'Job was aborted.', PERIODIC_REMOVE);

function event(code: string, text: string, ...details: readonly string[]): string {
  return `${[`${code} (005.000.000) 2026-11-29 15:41:00 ${text}`, ...details.map((line) => `\t${line}`), '...'].join('\n')}\n`;
}

function held(reason: string, code: number, subcode = 0): string {
  return event('012', 'Job was held.', reason, `Code ${code} Subcode ${subcode}`);
}

function told(...texts: readonly string[]) {
  const log = new EventLog();
  const story = new JobStory();
  for (const text of texts) for (const each of log.add(Buffer.from(text))) story.hear(each);
  return story.job;
}

const NO_PROGRAM =
  "Error from slot1_3@n1: Failed to execute '/none' with arguments 1: (errno=2: 'No such file or directory')";

describe('a job in its event log', () => {
  test('waits, runs on a host, and goes on while its host is out of reach', () => {
    expect(told('')).toBeUndefined();
    expect(told(SUBMITTED)).toEqual({ job: '5', state: 'waiting', why: null });
    expect(told(SUBMITTED, EXECUTING, IMAGE_SIZE)).toEqual({ job: '5', state: 'running', host: 'n1' });
    const lost = told(SUBMITTED, EXECUTING, DISCONNECTED);
    expect(lost).toEqual({ job: '5', state: 'running', host: 'n1, which is out of reach' });
    const found = told(SUBMITTED, EXECUTING, DISCONNECTED, event('023', 'Job reconnected to slot1_2@n1'));
    expect(found).toEqual({ job: '5', state: 'running', host: 'n1' });
  });

  test.each([
    [[event('005', 'Job terminated.', '(1) Normal termination (return value 0)')], 'completed', 'return value 0'],
    [[event('005', 'Job terminated.', '(1) Normal termination (return value 2)')], 'failed', 'return value 2'],
    [[event('005', 'Job terminated.', '(0) Abnormal termination (signal 9)')], 'failed', 'signal 9'],
    [[EVICTED, REMOVED_BY_ITSELF], 'preempted', 'Job was evicted'],
    [[EVICTED, EXECUTING, event('005', 'Job terminated.', '(1) Normal termination (return value 0)')], 'preempted', ''],
    [[EVICTED, event('009', 'Job was aborted.', 'via condor_rm (by user physicist)')], 'cancelled', 'via condor_rm'],
    [[EVICTED, held('via condor_hold (by user physicist)', 1)], 'cancelled', 'via condor_hold'],
    [[EVICTED, held(NO_PROGRAM, 6, 2), REMOVED_BY_ITSELF], 'not-started', 'No such file or directory'],
    [[held('The job exceeded allowed job duration of 00:05', 46), REMOVED_BY_ITSELF], 'time', 'allowed job duration'],
    [
      [DISCONNECTED, event('024', 'Job reconnection failed', 'Job not found at execution machine'), EVICTED],
      'host-lost',
      'Job not found at execution machine',
    ],
    [[event('007', 'Shadow exception!', 'Error from slot1_3@n1: STARTER failed')], 'host-lost', 'STARTER failed'],
  ] as const)('that was executing ended by %j: %s', (events, end, said) => {
    const job = told(SUBMITTED, EXECUTING, ...events);
    expect(job).toMatchObject({ state: 'ended', end, host: 'n1', said: expect.stringContaining(said) as string });
  });

  test.each([
    // The words of the manual, and of the configuration of several sites.
    [34, 102, 'Error from slot1_1@n1: Job has gone over cgroup memory limit of 128 megabytes.', 'memory'],
    [34, 104, 'Error from slot1_1@n1: Disk usage exceeded', 'failed'],
    [21, 102, 'Error from slot1_1@n1: memory usage exceeded request_memory', 'memory'],
    [26, 0, 'Job removed by SYSTEM_PERIODIC_HOLD due to wall time exceeded allowed max.', 'time'],
    [26, 0, 'The system macro SYSTEM_PERIODIC_HOLD expression evaluated to TRUE', 'failed'],
    [47, 0, 'The job exceeded allowed execute duration of 00:05', 'time'],
    [14, 2, 'Cannot access initial working directory /nowhere: No such file or directory', 'not-started'],
    [13, 2, 'Transfer input files failure', 'failed'],
  ] as const)('is held with code %i, subcode %i and %j: %s', (code, subcode, reason, end) => {
    expect(told(SUBMITTED, EXECUTING, EVICTED, held(reason, code, subcode))).toMatchObject({ state: 'ended', end });
  });

  test('that no host has started yet waits on, whatever stopped it, and ends when somebody removes it', () => {
    const stopped = event('007', 'Shadow exception!', 'Failed to activate claim');
    expect(told(SUBMITTED, stopped)).toMatchObject({
      state: 'waiting',
      why: expect.stringMatching(/Failed to/) as string,
    });
    const paused = held('via condor_hold (by user physicist)', 1);
    expect(told(SUBMITTED, paused)).toMatchObject({
      state: 'waiting',
      why: expect.stringMatching(/condor_hold/) as string,
    });
    expect(told(SUBMITTED, paused, event('013', 'Job was released.'))).toEqual({
      job: '5',
      state: 'waiting',
      why: null,
    });
    const removed = event('009', 'Job was aborted.', 'via condor_rm (by user physicist)');
    expect(told(SUBMITTED, paused, removed)).toMatchObject({ state: 'ended', end: 'cancelled', host: null });
  });

  test('is the same in pieces of any length, and with other forms of the time and of addresses', () => {
    const text = SUBMITTED + EXECUTING + held('The job exceeded allowed job duration of 00:05 – naïve', 46);
    const bytes = Buffer.from(text);
    const log = new EventLog();
    const story = new JobStory();
    for (const byte of bytes) for (const each of log.add(Buffer.of(byte))) story.hear(each);
    expect(story.job).toEqual(told(text));
    expect(story.job).toMatchObject({ end: 'time', said: expect.stringContaining('naïve') as string });
    const older = EXECUTING.replace('2026-11-29 15:41:00', '11/29 15:41:00').replaceAll(
      /[?]addrs.*(?=>)|\tSlot.*\n/g,
      '',
    );
    expect(told(older)).toEqual({ job: '5', state: 'running', host: '127.0.0.1' });
    const utc = EXECUTING.replace('2026-11-29 15:41:00', '2026-11-29T15:41:00.123Z').replace(/\tSlot.*\n/, '');
    expect(told(utc)).toEqual({ job: '5', state: 'running', host: 'n1' });
  });

  test('is what whole events tell, where a writer was killed and where the form is another one', () => {
    const torn = EXECUTING.slice(0, 90);
    expect(told(SUBMITTED, torn)).toMatchObject({ state: 'waiting' });
    expect(
      told(SUBMITTED, `${torn}\n`, event('005', 'Job terminated.', '(1) Normal termination (return value 0)')),
    ).toMatchObject({ state: 'ended', end: 'completed' });
    expect(
      told('<c>\n  <a n="MyType"><s>SubmitEvent</s></a>\n</c>\n', '{"MyType": "SubmitEvent"}\n...\n'),
    ).toBeUndefined();
  });
});

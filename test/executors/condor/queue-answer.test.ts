/** The first rows are what condor_q of HTCondor 23.9 printed in a pool of two hosts. */
import { describe, expect, test } from 'vitest';
import { jobsInQueue } from '../../../src/executors/condor/queue-answer.ts';

const UNIT = '0123456789abcdef';
const NONE = 'undefined';

function jobIn(...cells: readonly string[]) {
  return jobsInQueue(`${[UNIT, '7', ...cells].join('\t')}\n`).get(UNIT);
}

describe('the answer of condor_q', () => {
  test('reports jobs that wait, run and are held', () => {
    expect(jobIn('1', '0', NONE, NONE, NONE, NONE)).toEqual({ job: '7', state: 'waiting', why: null });
    expect(jobIn('2', '0', NONE, NONE, 'slot1_2@n1', NONE)).toEqual({ job: '7', state: 'running', host: 'n1' });
    const hold = 'via condor_hold (by user physicist)';
    expect(jobIn('5', '0', '1', '0', NONE, hold)).toEqual({ job: '7', state: 'waiting', why: `Job was held: ${hold}` });
    expect(jobIn('5', '1', '1', '0', NONE, hold)).toMatchObject({ state: 'ended', end: 'cancelled' });
    expect(jobIn('5', '1', '46', '0', NONE, 'The job exceeded\tits time')).toMatchObject({
      ...{ state: 'ended', end: 'time', said: 'Job was held: The job exceeded\tits time' },
    });
  });

  test('reports jobs that have left their host: they are not to be started again', () => {
    expect(jobIn('1', '1', NONE, NONE, NONE, NONE)).toMatchObject({ state: 'ended', end: 'preempted' });
    expect(jobIn('3', '1', NONE, NONE, NONE, NONE)).toMatchObject({ state: 'ended', end: 'cancelled' });
    expect(jobIn('4', '1', NONE, NONE, NONE, NONE)).toMatchObject({ state: 'ended', end: 'completed' });
  });

  test('has nothing of lines that are not of our jobs', () => {
    const others = [`${NONE}\t8\t2\t0\t${NONE}`, '-- Failed to fetch ads from: <127.0.0.1:38223>', 'welcome'];
    expect(jobsInQueue(others.join('\n'))).toEqual(new Map());
  });
});

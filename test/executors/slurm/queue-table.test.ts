/** The rows are what squeue of Slurm 22.05 printed on a cluster of two nodes. */
import { describe, expect, test } from 'vitest';
import { jobsIn, QUEUE_FORMAT } from '../../../src/executors/slurm/queue-table.ts';

function row(...cells: readonly string[]): string {
  const widths = [...QUEUE_FORMAT.matchAll(/:(\d+)/g)].map(([, width]) => Number(width));
  return cells.map((cell, i) => cell.padEnd(widths[i]!)).join('');
}

const UNIT = '0123456789abcdef';

describe('the table of squeue', () => {
  test.each([
    [['7', 'PENDING', '0', 'Priority', '', UNIT], { job: '7', state: 'waiting', why: 'Priority' }],
    [['7', 'PENDING', '0', 'None', '', UNIT], { job: '7', state: 'waiting', why: null }],
    [['7', 'RUNNING', '0', 'None', 'n1', UNIT], { job: '7', state: 'running', host: 'n1' }],
    [['7', 'COMPLETING', '0', 'None', 'n1', UNIT], { job: '7', state: 'running', host: 'n1' }],
    [
      ['7', 'COMPLETED', '0', 'None', 'n1', UNIT],
      { job: '7', state: 'ended', end: 'completed', host: 'n1', said: 'COMPLETED' },
    ],
    [
      ['7', 'FAILED', '7', 'NonZeroExitCode', 'n1', UNIT],
      { job: '7', state: 'ended', end: 'failed', host: 'n1', said: 'FAILED NonZeroExitCode, exit 7' },
    ],
    [
      ['7', 'FAILED', '0:53', 'JobLaunchFailure', 'n1', UNIT],
      { job: '7', state: 'ended', end: 'not-started', host: 'n1', said: 'FAILED JobLaunchFailure, exit 0:53' },
    ],
    [
      ['7', 'OUT_OF_MEMORY', '0:125', 'OutOfMemory', 'n2', UNIT],
      { job: '7', state: 'ended', end: 'memory', host: 'n2', said: 'OUT_OF_MEMORY OutOfMemory, exit 0:125' },
    ],
    [
      ['7', 'NODE_FAIL', '0', 'NodeDown', 'n2', UNIT],
      { job: '7', state: 'ended', end: 'host-lost', host: 'n2', said: 'NODE_FAIL NodeDown' },
    ],
    [
      ['7', 'CANCELLED', '0:15', 'None', 'n2', UNIT],
      { job: '7', state: 'ended', end: 'cancelled', host: 'n2', said: 'CANCELLED, exit 0:15' },
    ],
  ] as const)('tells %j', (cells, job) => {
    expect(jobsIn(`${row(...cells)}\n`)).toEqual(new Map([[UNIT, job]]));
  });

  test('has nothing of jobs that are not ours, nor of lines that are not rows', () => {
    const others = [row('7', 'RUNNING', '0', 'None', 'n1', ''), row('8', 'RUNNING', '0', 'None', 'n1', 'my comment')];
    expect(jobsIn(['', 'slurm_load_jobs error: Socket timed out', ...others].join('\n'))).toEqual(new Map());
  });

  test('counts the job that goes on, if a controller that lost its newest jobs knows two of one unit', () => {
    const rows = [row('7', 'COMPLETED', '0', 'None', 'n1', UNIT), row('9', 'RUNNING', '0', 'None', 'n2', UNIT)];
    for (const text of [rows.join('\n'), rows.toReversed().join('\n')])
      expect(jobsIn(text).get(UNIT)).toEqual({ job: '9', state: 'running', host: 'n2' });
  });
});

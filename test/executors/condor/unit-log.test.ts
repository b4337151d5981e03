import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UnitLog } from '../../../src/executors/condor/unit-log.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

const SUBMITTED = '000 (005.000.000) 2026-11-29 15:41:00 Job submitted from host: <127.0.0.1:38223>\n...\n';
const EXECUTING = '001 (005.000.000) 2026-11-29 15:42:00 Job executing on host: <10.0.0.7:42793?alias=n1>\n...\n';
const TERMINATED =
  '005 (005.000.000) 2026-11-29 15:43:00 Job terminated.\n\t(1) Normal termination (return value 0)\n...\n';
const LONG = 600_000;

test('the queue is asked where a log tells nothing, or nothing any more, and never after the end', () => {
  const path = join(temporaryDirectory(), 'condor.log');
  const log = new UnitLog(path, 0);
  const read = (now: number) => {
    log.read(now);
    return { asks: log.asksQueue(now), state: log.job?.state };
  };
  expect(read(0)).toEqual({ asks: true, state: undefined });
  appendFileSync(path, SUBMITTED);
  expect(read(1)).toEqual({ asks: false, state: 'waiting' });
  appendFileSync(path, EXECUTING.slice(0, 50));
  expect(read(2)).toEqual({ asks: false, state: 'waiting' });
  appendFileSync(path, EXECUTING.slice(50));
  expect(read(3)).toEqual({ asks: false, state: 'running' });
  expect(read(3 + LONG)).toEqual({ asks: true, state: 'running' });
  log.confirm(true, 3 + LONG);
  expect(read(4 + LONG)).toEqual({ asks: false, state: 'running' });
  // The queue does not have it: it counts as gone until its log says more.
  log.confirm(false, 3 + 2 * LONG);
  expect(read(4 + 2 * LONG)).toEqual({ asks: false, state: undefined });
  appendFileSync(path, TERMINATED);
  expect(read(5 + 2 * LONG)).toEqual({ asks: false, state: 'ended' });
  expect(read(9 * LONG)).toEqual({ asks: false, state: 'ended' });
});

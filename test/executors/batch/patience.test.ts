import { describe, expect, test } from 'vitest';
import type { ObservedJob } from '../../../src/executors/batch/contract.ts';
import { JobPatience } from '../../../src/executors/batch/patience.ts';

const RUNNING: ObservedJob = { job: '1', state: 'running', host: 'n1' };
const ENDED: ObservedJob = { job: '1', state: 'ended', end: 'host-lost', host: 'n1', said: 'NODE_FAIL' };
const GRACE = 1000;

describe('what is heard of a job', () => {
  test('is certain only when an end has been heard for as long as a file may be on its way', () => {
    const patience = new JobPatience();
    expect(patience.hear(ENDED, 0, GRACE).type).toBe('goes-on');
    expect(patience.hear(ENDED, 999, GRACE).type).toBe('goes-on');
    expect(patience.hear(ENDED, 1000, GRACE)).toEqual({
      type: 'over',
      end: 'host-lost',
      host: 'n1',
      said: 'NODE_FAIL',
    });
  });

  test('begins again with a job that runs again', () => {
    const patience = new JobPatience();
    patience.hear(ENDED, 0, GRACE);
    patience.hear(RUNNING, 900, GRACE);
    expect(patience.hear(ENDED, 1500, GRACE).type).toBe('goes-on');
    expect(patience.hear(undefined, 2000, GRACE).type).toBe('goes-on');
    expect(patience.hear(undefined, 2900, GRACE).type).toBe('goes-on');
    expect(patience.hear(undefined, 3000, GRACE)).toMatchObject({ type: 'over', end: 'vanished' });
  });

  test('is certain at once where nobody wants a result any more', () => {
    expect(new JobPatience().hear(undefined, 0, 0)).toMatchObject({ type: 'over', end: 'vanished' });
  });
});

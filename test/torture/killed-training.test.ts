/** A training of the reference pipeline that is killed in the middle, with the averaging that `test/e2e` leaves out. */
import { test } from 'vitest';
import { AveragingRuns } from '../helpers/averaging-runs.ts';

test('a training with SWA continues to the same bytes after it was killed in the middle', () =>
  new AveragingRuns().killInTraining('swa'));

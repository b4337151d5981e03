/**
 * What condor_submit's words mean. Before the last step no job exists; at that one, only what the scheduler says is a
 * refusal.
 */
import { expect, test } from 'vitest';
import { submissionOf } from '../../../src/executors/batch/submission.ts';
import { CONDOR_SUBMIT } from '../../../src/executors/condor/submit-answer.ts';

const failed = (text: string) => submissionOf({ type: 'failed', code: 1, text }, CONDOR_SUBMIT);
const COMMIT = 'ERROR: Failed to commit job submission into the queue.';

test('what a site requires of jobs refuses one, in the words of the site', () => {
  expect(failed(`\n${COMMIT}\nERROR: This pool takes no job without accounting_group.\n`)).toEqual({
    type: 'refused',
    reason: 'Failed to commit job submission into the queue. This pool takes no job without accounting_group',
  });
  expect(failed('ERROR: Parse error in expression: \n\tRequirements = TARGET.Memory >').type).toBe('refused');
});

test('a last step that fails without a reason, or by a lost connection, may have made the job', () => {
  expect(failed(`\n${COMMIT}\n`).type).toBe('unanswered');
  expect(failed(`${COMMIT}\nERROR: Connection closed while the schedd was asked`).type).toBe('unanswered');
  expect(submissionOf({ type: 'silent' }, CONDOR_SUBMIT).type).toBe('unanswered');
});

test('a scheduler that is not reached, or that has as many jobs as it may, takes the job later', () => {
  expect(failed('ERROR: Failed to connect to local queue manager\nAUTHENTICATE:1004: failed').type).toBe('busy');
  expect(failed('ERROR: Failed to create cluster: timed out').type).toBe('busy');
  expect(failed(`${COMMIT}\nERROR: Number of submitted jobs would exceed MAX_JOBS_PER_OWNER`).type).toBe('busy');
});

test('an accepted job has its number, and a machine of no pool is told as such', () => {
  expect(submissionOf({ type: 'said', text: 'WARNING: old\n17.0 - 17.0\n' }, CONDOR_SUBMIT)).toEqual({
    type: 'accepted',
    job: '17',
  });
  expect(failed('ERROR: the environment variable CONDOR_CONFIG is not set')).toEqual(CONDOR_SUBMIT.notHere);
});

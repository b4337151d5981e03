/** What sbatch's words mean, as Slurm 22.05 to 23.11 says them: a refusal ends a node, and nothing else may do that. */
import { describe, expect, test } from 'vitest';
import { submissionOf } from '../../../src/executors/batch/submission.ts';
import { SBATCH } from '../../../src/executors/slurm/submit-answer.ts';

const failed = (...lines: readonly string[]) =>
  submissionOf({ type: 'failed', code: 1, text: lines.map((line) => `sbatch: error: ${line}`).join('\n') }, SBATCH);
const cause = (words: string): string => `Batch job submission failed: ${words}`;
const LIMITS = "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)";

describe('a submission', () => {
  test.each([
    ['an account that does not exist', [cause('Invalid account or account/partition combination specified')]],
    [
      'a partition that does not exist',
      ['invalid partition specified: socket', cause('Invalid partition name specified')],
    ],
    ['a QOS that does not exist', [cause('Invalid qos specification')]],
    ['more time than the partition allows', [cause('Requested time limit is invalid (missing or exceeds some limit)')]],
    ['more time than the QOS allows', ['QOSMaxWallDurationPerJobLimit', cause(LIMITS)]],
    ['what a plugin of the site forbids', ['the connection of GPUs timed out', cause('Unspecified error')]],
    ['words that sbatch does not know', ["unrecognized option '--nowhere'"]],
  ])('is refused for %s', (_, lines) => {
    expect(failed(...lines).type).toBe('refused');
  });

  test.each([
    [[cause('Socket timed out on send/recv operation')]],
    [[cause('Zero Bytes were transmitted or received')]],
    [[cause('Unable to contact slurm controller (receive failure)')]],
    [[cause('Transport endpoint is not connected')]],
  ])('is unanswered where the answer was lost: %s', (lines) => {
    expect(failed(...lines)).toEqual({ type: 'unanswered', reason: lines[0] });
  });

  test.each([
    [[cause('Unable to contact slurm controller (connect failure)')]],
    [['Slurm temporarily unable to accept job, sleeping and retrying.', cause('Resource temporarily unavailable')]],
    [['AssocMaxSubmitJobLimit', cause(LIMITS)]],
    [[cause(LIMITS)]],
  ])('is for later where the controller takes no job now: %s', (lines) => {
    expect(failed(...lines).type).toBe('busy');
  });

  test('tells the name of a limit and what it means', () => {
    const submission = failed('QOSMaxWallDurationPerJobLimit', cause(LIMITS));
    expect(submission).toEqual({ type: 'refused', reason: `QOSMaxWallDurationPerJobLimit: ${LIMITS}` });
  });

  test('is accepted with its number, after a greeting and before the name of a cluster', () => {
    const said = (text: string) => submissionOf({ type: 'said', text }, SBATCH);
    expect(said('17\n')).toEqual({ type: 'accepted', job: '17' });
    expect(said('Welcome!\n17;test\n')).toEqual({ type: 'accepted', job: '17' });
    expect(said('Welcome!\n')).toEqual({ type: 'unanswered', reason: 'sbatch answered "Welcome!\\n"' });
  });

  test('is refused where there is no Slurm, and unanswered where sbatch hangs', () => {
    expect(submissionOf({ type: 'missing' }, SBATCH)).toMatchObject({
      type: 'refused',
      reason: /belongs to no cluster/,
    });
    expect(failed('resolve_ctls_from_dns_srv: res_nsearch error', 'fetch_config: DNS SRV lookup failed')).toEqual(
      SBATCH.notHere,
    );
    expect(submissionOf({ type: 'silent' }, SBATCH)).toEqual({ type: 'unanswered', reason: 'sbatch did not answer' });
  });
});

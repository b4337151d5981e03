import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { JobRequest } from '../../../src/executors/batch/contract.ts';
import { jobWords, SCRIPT, scriptWords, wrongOptions } from '../../../src/executors/slurm/job-words.ts';

const REQUEST: JobRequest = {
  unit: '0123456789abcdef',
  directory: '/shared/a b/unit',
  command: ['node', 'run-unit.js'],
  needs: { cpus: 1, memoryMiB: null, gpus: 0, seconds: null },
  options: {},
  avoid: [],
};
const words = (changes: Partial<JobRequest> = {}) =>
  jobWords({ ...REQUEST, ...changes }, 'restage-1', '/shared/a b/unit/job.log');

describe('the words of sbatch', () => {
  test('ask for what the job needs, and for nothing where nothing is known', () => {
    const needs = { cpus: 4, memoryMiB: 2048, gpus: 2, seconds: 61 };
    const asked = words({ needs, options: { partition: 'long', account: 'phys' }, avoid: ['n1', 'n7'] });
    expect(asked).toEqual(
      expect.arrayContaining([
        ...['--cpus-per-task=4', '--mem=2048M', '--gres=gpu:2', '--time=2', '--exclude=n1,n7'],
        ...['--partition=long', '--account=phys', '--comment=0123456789abcdef', '--no-requeue'],
      ]),
    );
    expect(words().join(' ')).not.toMatch(/--(?:mem|gres|time|exclude|partition)/);
  });

  test('pass on few variables of the environment, and none that may hold a secret', () => {
    const env = { HOME: '/home/me', PATH: '/bin', AWS_SECRET_ACCESS_KEY: 'x', SLURM_JOB_ID: '5' };
    expect(scriptWords(REQUEST, env)).toEqual(['HOME=/home/me', 'PATH=/bin', '--', 'node', 'run-unit.js']);
    // Names would have the host ask a login shell for the user's whole environment.
    expect(words()).toContain('--export=NIL');
  });

  test('are executed with the variables, whatever is in them', () => {
    const command = ['/bin/sh', '-c', 'printf "%s|" "$HOME" "${PATH+set}" "$@"', 'sh', 'a=b', '--', "it's"];
    const script = scriptWords({ ...REQUEST, command }, { HOME: '/home/a "b" $c' });
    const said = execFileSync('/bin/sh', ['-c', SCRIPT, 'job.sh', ...script], { encoding: 'utf8' });
    expect(said).toBe(`/home/a "b" $c|set|a=b|--|it's|`);
  });

  test('end with what the user adds, unless restage says that itself', () => {
    expect(words({ options: { extra: '--nice=10  --reservation=course' } }).slice(-2)).toEqual([
      '--nice=10',
      '--reservation=course',
    ]);
    expect(wrongOptions({ extra: '--nice=10' })).toBeUndefined();
    for (const word of ['--job-name=x', '-J', '--comment', '--output=/x', '--array=1-9', '--export=ALL'])
      expect(wrongOptions({ extra: `--nice=1 ${word}` })).toContain(word);
  });
});

import { describe, expect, test } from 'vitest';
import type { JobRequest } from '../../../src/executors/batch/contract.ts';
import { submitDescription, wrongRequest } from '../../../src/executors/condor/submit-description.ts';
import { quotedWords } from '../../../src/executors/condor/submit-text.ts';

const REQUEST: JobRequest = {
  unit: '0123456789abcdef',
  directory: '/shared/a b/$x/unit',
  command: ['/opt/my node/bin/node', 'run unit.js', '20.1.0'],
  needs: { cpus: 1, memoryMiB: null, gpus: 0, seconds: null },
  options: {},
  avoid: [],
};

function lines(changes: Partial<JobRequest> = {}, env = {}): readonly string[] {
  return submitDescription({ ...REQUEST, ...changes }, 'restage-1', env).split('\n');
}

describe('a submit description', () => {
  test('asks for what the job needs, and for nothing where nothing is known', () => {
    const needs = { cpus: 4, memoryMiB: 2048, gpus: 2, seconds: 61 };
    const options = { requirements: 'TARGET.HasAVX2', rank: 'KFlops', accounting_group: 'group_physics.me' };
    expect(lines({ needs, options, avoid: ['n1', 'not a name"'] })).toEqual(
      expect.arrayContaining([
        ...['request_cpus = 4', 'request_memory = 2048', 'request_gpus = 2', 'allowed_job_duration = 61'],
        ...[
          '+MaxRuntime = 61',
          'rank = KFlops',
          'accounting_group = group_physics.me',
          '+RestageUnit = "0123456789abcdef"',
        ],
        'requirements = (MY.NumJobStarts ?: 0) == 0 && (TARGET.HasAVX2) && (TARGET.Machine =!= "n1" || time() - MY.QDate > 600)',
      ]),
    );
    expect(lines().join('\n')).not.toMatch(/request_(?:memory|gpus)|duration|MaxRuntime|rank|accounting|TARGET/);
  });

  test('has paths and words that mean themselves', () => {
    expect(lines()).toEqual(
      expect.arrayContaining([
        ...['executable = /opt/my node/bin/node', `arguments = "'run unit.js' 20.1.0"`],
        ...['initialdir = /shared/a b/$(DOLLAR)x/unit', 'log = /shared/a b/$(DOLLAR)x/unit/condor.log'],
      ]),
    );
  });

  // Each was given to HTCondor 23.9, whose job printed the word as it is here.
  test.each([
    ['plain', 'plain'],
    ['two words', "'two words'"],
    ["it's", "'it''s'"],
    ['', "''"],
    ['a"b', 'a""b'],
    ['$HOME', '$(DOLLAR)HOME'],
    ['c$$(Machine)', 'c$$(DOLLARDOLLAR)(Machine)'],
    ['back\\slash', 'back\\slash'],
  ])('has the word %j as %s', (word, text) => {
    expect(quotedWords([word])).toBe(`"${text}"`);
  });

  test('passes on few variables of the environment, and none that may hold a secret', () => {
    const env = { HOME: '/home/me', PATH: '/a b:/bin', TMPDIR: '/scratch', AWS_SECRET_ACCESS_KEY: 'x' };
    expect(lines({}, env)).toContain(`environment = "HOME=/home/me 'PATH=/a b:/bin'"`);
  });

  test('ends with what the user adds, unless restage says that itself', () => {
    expect(lines({ options: { extra: 'nice_user = True\n\n +JobFlavour = "workday"' } }).slice(-4)).toEqual([
      ...['nice_user = True', '+JobFlavour = "workday"', 'queue', ''],
    ]);
    const wrong = (options: JobRequest['options'], changes = {}) =>
      wrongRequest({ ...REQUEST, ...changes, options }, {});
    expect(wrong({ extra: 'nice_user = True\n+JobFlavour = "workday"' })).toBeUndefined();
    for (const name of ['log', 'Arguments', '+RestageUnit', 'periodic_remove', 'max_retries'])
      expect(wrong({ extra: `nice_user = True\n${name} = x` })).toBe(
        `condor.extra has ${name}, which restage sets itself; leave it out`,
      );
  });

  test('is not written with what a line cannot hold', () => {
    const wrong = (options: JobRequest['options'], changes = {}) =>
      wrongRequest({ ...REQUEST, ...changes, options }, {});
    expect(wrong({ extra: 'queue 10' })).toBe(
      'condor.extra has the line "queue 10"; write one command a line, as in: nice_user = True',
    );
    expect(wrong({ requirements: 'a\n&& b' })).toBe('condor.requirements is not one line; write it as one');
    expect(wrong({ rank: 'a \\' })).toBe('condor.rank is not one line; write it as one');
    expect(wrong({}, { directory: '/a\nb' })).toBe('"/a\\nb" has a line break, which no submit description can hold');
  });
});

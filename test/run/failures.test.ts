/** Stages that fail, one of each class: what does not depend on them goes on, and the next run tries again. */
import { describe, expect, test } from 'vitest';
import type { Failure } from '../../src/events.ts';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';
import { EXPLOSION, expectBadAlone, FAILING, failureOf } from './failing.ts';

function failingProject(): InProcessProject {
  return makeInProcessProject('lab').write('index.ts', FAILING);
}

interface Case {
  readonly what: string;
  readonly how: string;
  readonly failure: unknown;
  readonly executors: readonly string[];
  readonly policy?: Readonly<Record<string, unknown>>;
}

/** One of each class; how an attempt's end becomes a failure is shown by the executors' contract. */
const CASES: readonly Case[] = [
  {
    what: 'throws',
    how: 'throw',
    executors: ['in-process'],
    failure: { class: 'error', message: 'TypeError: it went' },
  },
  {
    what: 'throws',
    how: 'throw',
    executors: ['worker'],
    failure: {
      class: 'error',
      message: 'TypeError: it went',
      stack: expect.stringMatching(
        new RegExp(
          `^TypeError: it went\\nwrong\\n\\s+at explode \\(/.*/project/index\\.ts:${EXPLOSION}:\\d+\\)\\n\\s+at (?:Object\\.)?run \\(.*index\\.ts:\\d+:\\d+\\)$`,
        ),
      ) as string,
    },
  },
  {
    what: 'exits',
    how: 'exit',
    executors: ['worker'],
    failure: {
      class: 'crash',
      exitCode: 3,
      signal: null,
      message: expect.stringMatching(/exited with code 3 while running node bad/) as string,
    },
  },
  {
    what: 'takes longer than it may',
    how: 'wait',
    // Long enough for the stage to be loaded on a busy machine.
    policy: { timeoutSeconds: 3 },
    executors: ['in-process'],
    failure: { class: 'timeout', message: 'Node bad ran longer than its timeout of 3 s.', stack: null },
  },
];

describe('a stage that', () => {
  for (const { what, how, failure, executors, policy = {} } of CASES)
    for (const executor of executors)
      test(`${what} fails alone (${executor})`, async () => {
        const project = failingProject();
        const settings = [`how=${how}`, `executor=${executor}`, `policy=${JSON.stringify(policy)}`];
        const result = await project.run([...settings.flatMap((setting) => ['-S', setting]), '-j', '2']);
        expect(failureOf(result)).toMatchObject(failure as Failure);
        expectBadAlone(project, result);
      });
});

describe('after a failure', () => {
  test('it is tried again as often as its class allows', async () => {
    const project = failingProject();
    const recovers = await project.run(['-S', 'how=twice', '-S', 'policy={"retries":{"crash":1}}']);
    expect(recovers.code).toBe(0);
    expect(project.executed().filter((name) => name === 'bad')).toHaveLength(2);
    expect(recovers.events.filter(({ type }) => type === 'node-attempt-failed')).toHaveLength(1);
    expect(
      project.query(
        'SELECT number FROM attempt a JOIN name n ON n.id = a.node WHERE n.text = ? ORDER BY number',
        'bad',
      ),
    ).toEqual([{ number: 1 }, { number: 2 }]);

    const otherClass = await project.run([
      '-S',
      'how=data',
      '-S',
      'policy={"retries":{"crash":5}}',
      '-S',
      'executor=in-process',
    ]);
    expect(otherClass.code).toBe(1);
    expect(project.executed().filter((name) => name === 'bad')).toHaveLength(1);

    const inVain = await project.run([
      '-S',
      'how=data',
      '-S',
      'policy={"retries":{"error":2}}',
      '-S',
      'executor=in-process',
    ]);
    expect(inVain.code).toBe(1);
    expect(inVain.report!.failures).toHaveLength(1);
    expect(project.executed().filter((name) => name === 'bad')).toHaveLength(3);
  });

  test('nothing more is started with --fail-fast, or after as many as --max-failures says', async () => {
    const project = failingProject();
    const params = ['-S', 'how=data', '-S', 'executor=in-process', '-S', 'negative=4', '-j', '1'];
    const fast = await project.run([...params, '--fail-fast']);
    expect(fast.code).toBe(1);
    expect(fast.report!.counts).toMatchObject({ failed: 1, ran: 0, skipped: 8 });
    expect(project.executed()).toEqual(['bad']);
    const some = await project.run([...params, '--max-failures', '3']);
    expect(some.report!.counts).toMatchObject({ failed: 3 });
    const all = await project.run(params);
    expect(all.report!.counts).toMatchObject({ failed: 5, skipped: 2 });
    expect(all.report!.counts.ran + all.report!.counts.hit).toBe(2);
    expect(project.count('lease')).toBe(0);
    expect(project.complaints()).toEqual([]);
  });
});

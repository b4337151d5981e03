/** Stages that fail, one of each class: what does not depend on them goes on, and the end says what to do. */
import { describe, expect, test } from 'vitest';
import type { Failure } from '../../src/events.ts';
import { makeProject, type Project } from '../helpers/project.ts';
import type { RunResult } from '../helpers/run-result.ts';

/** `bad` does what its param says; `below` needs it; `beside` does not. */
const PIPELINE = `import { DataError, json, type NodePolicy, pipeline, stage } from 'restage';
import { existsSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { tally } from './lab.ts';

const once = \`\${process.env['LAB_GATES']}/failed-before\`;

export const bad = stage({
  name: 'lab/bad',
  params: z.strictObject({ how: z.string() }),
  inputs: {},
  outputs: { x: json<number>() },
  async run({ params: { how }, log, signal }) {
    tally('bad');
    log('about to go wrong');
    switch (how) {
      case 'throw':
        return explode();
      case 'data':
        throw new DataError('The third column has no values; give it some.');
      case 'exit':
        process.exit(3);
      case 'wait':
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      case 'memory': {
        const all: string[][] = [];
        for (let i = 0; ; i++) all.push(Array.from({ length: 10_000 }, (_, k) => \`\${i} \${k}\`));
      }
      case 'twice':
        if (existsSync(once)) return { x: 2 };
        writeFileSync(once, '');
        process.exit(1);
    }
    return { x: 0 };
  },
});

function explode(): never {
  throw new TypeError('it went\\nwrong');
}

export const step = stage({
  name: 'lab/step',
  params: z.strictObject({ name: z.string() }),
  inputs: { x: json<number>() },
  outputs: { x: json<number>() },
  async run({ params: { name }, inputs }) {
    tally(name);
    return { x: (await inputs.x.read()) + 1 };
  },
});

export const root = stage({
  name: 'lab/root',
  params: z.strictObject({ k: z.int() }),
  inputs: {},
  outputs: { x: json<number>() },
  run({ params: { k } }) {
    tally(\`root \${k}\`);
    if (k < 0) throw new DataError(\`Root \${k} is below zero.\`);
    return { x: k };
  },
});

export default pipeline({
  name: 'failing',
  params: z.strictObject({
    how: z.string(),
    executor: z.enum(['worker', 'in-process']).default('worker'),
    policy: z.record(z.string(), z.unknown()).default({}),
    negative: z.int().default(0),
  }),
  build(p, { how, executor, policy, negative }) {
    const own = { executor, ...(policy as NodePolicy) };
    const { x } = p.add(bad, { params: { how }, ...own, priority: 1 }).out;
    const below = p.add(step, { as: 'below', params: { name: 'below' }, inputs: { x }, executor: 'in-process' }).out;
    const last = p.add(step, { as: 'last', params: { name: 'last' }, inputs: { x: below.x }, executor: 'in-process' }).out;
    const good = p.add(root, { params: { k: 1 }, executor: 'in-process' }).out;
    const beside = p.add(step, { as: 'beside', params: { name: 'beside' }, inputs: { x: good.x }, executor: 'in-process' }).out;
    for (let k = 1; k <= negative; k++) p.add(root, { as: 'negative', key: { k }, params: { k: -k }, executor: 'in-process' });
    return { last: last.x, beside: beside.x };
  },
});
`;

function failingProject(): Project {
  return makeProject('lab').write('index.ts', PIPELINE);
}

function failureOf(result: RunResult): Failure {
  return result.report!.failures.find(({ node }) => node === 'bad')!.failure;
}

interface Case {
  readonly what: string;
  readonly how: string;
  readonly failure: unknown;
  readonly executors?: readonly string[];
  readonly policy?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** One of each class; how an attempt's end becomes a failure is shown by the executors' contract. */
const CASES: readonly Case[] = [
  {
    what: 'throws',
    how: 'throw',
    executors: ['worker', 'in-process'],
    failure: {
      class: 'error',
      message: 'TypeError: it went',
      stack: expect.stringMatching(
        /^TypeError: it went\nwrong\n\s+at explode \(.*index\.ts:\d+:\d+\)\n\s+at (?:Object\.)?run \(.*index\.ts:\d+:\d+\)$/,
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
  {
    what: 'takes all the memory',
    how: 'memory',
    executors: ['worker'],
    env: { NODE_OPTIONS: '--max-old-space-size=64' },
    failure: {
      class: 'oom',
      message: expect.stringMatching(/ran out of JavaScript heap while running node bad/) as string,
    },
  },
];

describe.concurrent('a stage that', () => {
  for (const { what, how, failure, executors = ['worker'], policy = {}, env = {} } of CASES)
    for (const executor of executors)
      test(`${what} fails alone (${executor})`, async ({ expect }) => {
        const project = failingProject();
        const params = [
          '-S',
          `how=${how}`,
          '-S',
          `executor=${executor}`,
          '-S',
          `policy=${JSON.stringify(policy)}`,
          '-j',
          '2',
        ];
        const result = await project.run(params, { env });
        expect(failureOf(result)).toMatchObject(failure as Failure);
        expect(result.code).toBe(1);
        expect(result.outcomes).toEqual({
          bad: 'failed',
          below: 'skipped',
          last: 'skipped',
          root: 'ran',
          beside: 'ran',
        });
        expect(project.visits(1)).toEqual(result.outcomes);
        expect(project.executed()).toEqual(['bad', 'beside', 'root 1']);
        const [recorded] = project.query<Record<string, unknown>>(
          'SELECT class, message, stack, exit_code, signal FROM attempt_failure',
        );
        const told = failureOf(result);
        expect(recorded).toEqual({
          class: told.class,
          message: told.message,
          stack: told.stack,
          exit_code: told.exitCode,
          signal: told.signal,
        });
        expect(project.query('SELECT text FROM log_line')).toContainEqual({ text: 'about to go wrong' });
        expect(project.query('SELECT outcome FROM run_end')).toEqual([{ outcome: 'failed' }]);
        expect(project.count('lease')).toBe(0);
        expect(project.complaints()).toEqual([]);
        expect(result.stderr).toBe('');
      });
});

describe('after a failure', () => {
  test('the end says what failed, where, and how to continue; the next run continues from what is finished', async () => {
    const project = failingProject();
    const words = ['run', project.root, '--cache', project.cache, '-S', 'how=throw'];
    const failed = await project.restage(words);
    expect(failed.code).toBe(1);
    const end = failed.stdout.slice(failed.stdout.lastIndexOf('run 1 of failing'));
    expect(end).toMatch(/^run 1 of failing: 2 ran, 1 failed, 2 skipped in /);
    expect(end).toContain('failed bad (error): TypeError: it went\n');
    expect(end).toMatch(/at explode \(.*index\.ts:\d+:\d+\)\n/);
    expect(end).toContain(`restage log bad --cache ${project.cache}\n`);
    expect(end).toMatch(/^2 nodes skipped/m);
    expect(end).toContain(`: restage ${words.join(' ')}\n`);

    const log = await project.restage(['log', 'bad', '--cache', project.cache]);
    expect(log.stdout).toMatch(/about to go wrong/);

    project.executed();
    project.edit('index.ts', 'return explode();', 'return { x: 5 };');
    const fixed = await project.run(['-S', 'how=throw']);
    expect(fixed.code).toBe(0);
    expect(project.executed()).toEqual(['bad', 'below', 'last']);
    expect(fixed.outcomes).toEqual({ bad: 'ran', below: 'ran', last: 'ran', root: 'hit', beside: 'hit' });
    expect(fixed.report!.results[0]!.value).toBe(7);
  });

  test('the place in the source is right: file and line', async () => {
    const project = failingProject();
    const line =
      project
        .read('index.ts')
        .split('\n')
        .findIndex((text) => text.includes('new TypeError')) + 1;
    for (const executor of ['worker', 'in-process']) {
      const { stack } = failureOf(await project.run(['-S', 'how=throw', '-S', `executor=${executor}`]));
      expect(stack).toContain(`${project.path('index.ts')}:${line}:`);
    }
  });

  test('the place in the source is right, too, where a pipeline throws while it is imported', async () => {
    const project = makeProject().write(
      'index.ts',
      `// One line before it.
const unlucky = (): number => { throw new TypeError('worse'); };
export const bad = unlucky();
`,
    );
    const { code, stderr } = await project.run();
    expect(code).toBe(2);
    expect(stderr).toMatch(/TypeError: worse \(\S+index\.ts:2\)/);
  });

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

/** A pipeline with a stage that fails as it is told to, and what a run of it has to leave behind. */
import { expect } from 'vitest';
import type { Failure } from '../../src/events.ts';
import type { ProjectDirectory } from '../helpers/project-directory.ts';
import type { RunResult } from '../helpers/run-result.ts';

/** `bad` does what its param says; `below` needs it; `beside` does not. */
export const FAILING = `import { DataError, json, type NodePolicy, pipeline, stage } from 'restage';
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

/** The line that throws. */
export const EXPLOSION = 1 + FAILING.split('\n').findIndex((text) => text.includes('new TypeError'));

export function failureOf(result: RunResult): Failure {
  return result.report!.failures.find(({ node }) => node === 'bad')!.failure;
}

/** What does not depend on `bad` went on, and the record of the project's only run tells what the events told. */
export function expectBadAlone(project: ProjectDirectory, result: RunResult): void {
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
}

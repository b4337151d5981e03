/** Ctrl-C, and what is kept of a run that did not come to its end. */
import { describe, expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { isGroupAlive, makeProject, type Project } from '../helpers/project.ts';

/** `done` ends at once, `long` goes through steps and saves each, `stubborn` obeys nobody, `last` needs all. */
const PIPELINE = `import { type CheckpointValue, json, pipeline, stage, weights, tensor } from 'restage';
import { z } from 'zod';
import { pass, tally } from './lab.ts';

export const done = stage({
  name: 'lab/done',
  params: z.strictObject({}),
  inputs: {},
  outputs: { x: json<number>() },
  run() {
    tally('done');
    return { x: 1 };
  },
});

interface Progress {
  readonly step: number;
  readonly values: Float64Array;
}

/** A chain of random numbers: each step needs the ones before. */
export const long = stage({
  name: 'lab/long',
  params: z.strictObject({ steps: z.int() }),
  inputs: { x: json<number>() },
  outputs: { values: weights() },
  random: true,
  async run({ params: { steps }, rng, checkpoint, signal, metric }) {
    const saved = (await checkpoint.load()) as Progress | undefined;
    const values = saved?.values ?? new Float64Array(2000);
    for (let step = saved?.step ?? 0; step < steps; step++) {
      await pass(\`step-\${step}\`, signal);
      tally(\`step \${step}\`);
      const random = rng(\`step \${step}\`);
      for (let i = 0; i < values.length; i++) values[i] = values[i]! * 0.5 + random.normal() + values[(i + 1) % values.length]!;
      metric('mean', values.reduce((a, b) => a + b, 0) / values.length, step);
      await checkpoint.save({ step: step + 1, values } satisfies CheckpointValue);
    }
    return { values: { w: tensor([values.length], Float32Array.from(values)) } };
  },
});

export const stubborn = stage({
  name: 'lab/stubborn',
  params: z.strictObject({}),
  inputs: { x: json<number>() },
  outputs: { x: json<number>() },
  run() {
    tally('stubborn');
    for (;;);
  },
});

export const last = stage({
  name: 'lab/last',
  params: z.strictObject({}),
  inputs: { values: weights() },
  outputs: { first: json<number>() },
  async run({ inputs }) {
    tally('last');
    return { first: (await inputs.values.read())['w']!.data[0]! };
  },
});

export default pipeline({
  name: 'interrupted',
  params: z.strictObject({ executor: z.enum(['worker', 'in-process']).default('worker'), stubborn: z.boolean().default(false) }),
  build(p, { executor, stubborn: isStubborn }) {
    const { x } = p.add(done, { params: {}, executor: 'in-process' }).out;
    if (isStubborn) p.add(stubborn, { params: {}, inputs: { x } });
    const { values } = p.add(long, { params: { steps: 4 }, inputs: { x }, executor }).out;
    return { first: p.add(last, { params: {}, inputs: { values }, executor: 'in-process' }).out.first };
  },
});
`;

function longProject(...gates: readonly number[]): Project {
  const project = makeProject('lab').write('index.ts', PIPELINE);
  for (const step of gates) project.open(`step-${step}`);
  return project;
}

const STEPS = ['step 0', 'step 1', 'step 2', 'step 3'];

describe('a run that is interrupted', () => {
  for (const executor of ['worker', 'in-process'])
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      test(`by ${signal} keeps what is finished, and the next one resumes inside the stage to the same bytes (${executor})`, async () => {
        const params = ['-S', `executor=${executor}`];
        const project = longProject(0, 1);
        const live = await project.startRun(params);
        await live.event((event) => event.type === 'node-metric' && event.step === 1);
        // As a terminal does: to every process of the group.
        if (signal === 'SIGINT') live.killGroup(signal);
        else live.kill(signal);
        const stopped = await live.result;
        expect(stopped).toMatchObject({ code: 130, signal: null });
        expect(stopped.stderr).toMatch(/^restage: interrupting: what is finished is kept/);
        expect(stopped.outcomes).toEqual({ done: 'ran', long: 'skipped', last: 'skipped' });
        expect(stopped.report!.outcome).toBe('interrupted');
        expect(project.visits(1)).toEqual(stopped.outcomes);
        expect(project.query('SELECT outcome FROM run_end')).toEqual([{ outcome: 'interrupted' }]);
        expect(project.query('SELECT class FROM attempt_failure')).toEqual([{ class: 'cancelled' }]);
        expect(project.count('lease')).toBe(0);
        await eventually(() => !isGroupAlive(live.pid));

        for (const step of [2, 3]) project.open(`step-${step}`);
        const resumed = await project.run(params);
        expect(resumed.code).toBe(0);
        expect(resumed.outcomes).toEqual({ done: 'hit', long: 'ran', last: 'ran' });
        expect(project.executed()).toEqual(['done', 'last', ...STEPS]);

        const undisturbed = longProject(0, 1, 2, 3);
        await undisturbed.run(params);
        expect(project.outputs()).toEqual(undisturbed.outputs());
        expect(project.stateKeys()).toEqual(undisturbed.stateKeys());
        expect(project.complaints()).toEqual([]);
      });

  test('twice leaves at once, however stubborn a stage is, and leaves no process behind', async () => {
    const project = longProject();
    const live = await project.startRun(['-S', 'stubborn=true', '-j', '2']);
    await live.until(() => project.tally().includes('stubborn'));
    live.kill('SIGINT');
    await live.complaint('press Ctrl-C again');
    live.kill('SIGINT');
    expect(await live.ended).toMatchObject({ code: 130, signal: null });
    await eventually(() => !isGroupAlive(live.pid));
    // It had no time to say how it ended; what it held is free nevertheless.
    expect(project.complaints()).toEqual([]);
    for (const step of [0, 1, 2, 3]) project.open(`step-${step}`);
    const next = await project.run();
    expect(next.code).toBe(0);
    expect(next.report!.counts.ran + next.report!.counts.hit).toBe(3);
  });

  test('because nobody reads what it tells any more ends in order', async () => {
    const project = longProject(0);
    const live = await project.startRun();
    await live.event(({ type }) => type === 'node-metric');
    live.stopReading();
    project.open('step-1');
    expect((await live.ended).code).toBe(130);
    expect(project.query('SELECT outcome FROM run_end')).toEqual([{ outcome: 'interrupted' }]);
    await eventually(() => !isGroupAlive(live.pid));
  });

  test('before its first stage has ended makes all of it the next time', async () => {
    const project = longProject(0, 1, 2, 3);
    const live = await project.startRun();
    await live.event(({ type }) => type === 'run-started');
    live.kill('SIGINT');
    const { code } = await live.ended;
    expect([0, 130]).toContain(code);
    expect((await project.run()).code).toBe(0);
    expect(project.complaints()).toEqual([]);
  });
});

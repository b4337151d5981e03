/** Ctrl-C, and what is kept of a run that did not come to its end. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { childProcesses } from '../helpers/child-processes.ts';
import { eventually } from '../helpers/eventually.ts';
import { inThisProcess } from '../helpers/in-process-project.ts';
import { gone, isOf, kill } from '../helpers/other-processes.ts';
import { isGroupAlive, type Live, makeProject, type Project } from '../helpers/project.ts';
import type { RunResult } from '../helpers/run-result.ts';

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

/** The next run, in this process: no test is about how it starts. */
function runHere(project: Project, executor = 'in-process'): Promise<RunResult> {
  return inThisProcess(project).run(['-S', `executor=${executor}`]);
}

const INTERRUPTING =
  'restage: interrupting: what is finished is kept, and what runs is stopped; press Ctrl-C again to leave at once.\n';

const STEPS = ['step 0', 'step 1', 'step 2', 'step 3'];

describe('a run that is interrupted', () => {
  const undisturbed = longProject(0, 1, 2, 3);
  beforeAll(async () => {
    expect((await runHere(undisturbed)).code).toBe(0);
  });

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
        const resumed = await runHere(project, executor);
        expect(resumed.code).toBe(0);
        expect(resumed.outcomes).toEqual({ done: 'hit', long: 'ran', last: 'ran' });
        expect(project.executed()).toEqual(['done', 'last', ...STEPS]);

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
    const next = await runHere(project);
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
    const live = await project.startRun(['-S', 'executor=in-process']);
    await live.event(({ type }) => type === 'run-started');
    live.kill('SIGINT');
    const { code } = await live.ended;
    expect([0, 130]).toContain(code);
    expect((await runHere(project)).code).toBe(0);
    expect(project.complaints()).toEqual([]);
  });

  describe.runIf(existsSync('/proc/self'))('while its code is bundled', () => {
    /** Holds esbuild before it has answered, interrupts, and lets it go on. @returns its process */
    async function interruptBundling(live: Live): Promise<number> {
      let bundler: number | undefined;
      await live.until(() => {
        bundler = childProcesses(live.pid).find((pid) => isOf(pid, '@esbuild') || isOf(pid, 'esbuild'));
        return bundler !== undefined;
      });
      kill(bundler!, 'SIGSTOP');
      live.killGroup('SIGINT');
      await live.complaint('interrupting: what is finished is kept');
      kill(bundler!, 'SIGCONT');
      return bundler!;
    }

    test('is an interrupted run, and leaves no process behind', async () => {
      const project = longProject();
      const live = await project.startRun();
      const bundler = await interruptBundling(live);
      const stopped = await live.result;
      expect(stopped).toMatchObject({ code: 130, signal: null });
      expect(stopped.stderr).toBe(INTERRUPTING);
      expect(stopped.report!.outcome).toBe('interrupted');
      expect(stopped.outcomes).toEqual({ done: 'skipped', long: 'skipped', last: 'skipped' });
      expect(project.executed()).toEqual([]);
      await gone(bundler);
      await eventually(() => !isGroupAlive(live.pid));
    });

    test('is an interrupted run of an experiment too, as JSON', async () => {
      const project = longProject().write(
        'study.ts',
        `import { experiment } from 'restage';
import lab from './index.ts';

export default experiment({
  name: 'orders',
  pipeline: lab,
  branches: (base) => [base.with({ stubborn: true })],
  seeds: 1,
  metrics: { first: { of: 'first', better: 'higher', design: 'fixed-test-set' } },
});
`,
      );
      const live = await project.start(['ablate', 'study.ts', '--json', '--cache', project.cache]);
      await interruptBundling(live);
      const { code, stdout, stderr } = await live.ended;
      expect([code, stderr]).toEqual([130, INTERRUPTING]);
      expect(JSON.parse(stdout)).toMatchObject({ kind: 'ablation', run: 1 });
      expect(project.query('SELECT outcome FROM run_end')).toEqual([{ outcome: 'interrupted' }]);
    });

    test('twice ends esbuild as well', async () => {
      const live = await longProject().startRun();
      const bundler = await interruptBundling(live);
      live.killGroup('SIGINT');
      expect(await live.ended).toMatchObject({ code: 130, signal: null });
      await gone(bundler);
    });
  });

  test('while git is asked for the commit has it on record', async () => {
    const project = longProject();
    const identity = ['-c', 'user.name=A', '-c', 'user.email=a@b.c', '-c', 'commit.gpgsign=false'];
    const git = (...words: readonly string[]): string =>
      execFileSync('git', [...identity, ...words], { cwd: project.root, encoding: 'utf8' }).trim();
    git('init', '-q');
    git('add', 'index.ts');
    git('commit', '-qm', 'one');
    // A git that is slow: it is there before anything else is asked, and answers when it is let.
    const bin = project.beside('bin');
    mkdirSync(bin);
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    const slow = `#!/bin/sh
touch '${join(bin, 'asked')}'
while ! test -e '${join(bin, 'answer')}'; do sleep 0.02; done
exec '${real}' "$@"
`;
    writeFileSync(join(bin, 'git'), slow);
    chmodSync(join(bin, 'git'), 0o755);
    const live = await project.startRun([], { env: { PATH: `${bin}${delimiter}${process.env['PATH']}` } });
    await live.until(() => existsSync(join(bin, 'asked')));
    await live.event(({ type }) => type === 'run-preparing');
    live.killGroup('SIGINT');
    await live.complaint('interrupting: what is finished is kept');
    writeFileSync(join(bin, 'answer'), '');
    expect((await live.ended).code).toBe(130);
    expect(project.query('SELECT git_commit FROM run')).toEqual([{ git_commit: git('rev-parse', 'HEAD') }]);
  });
});

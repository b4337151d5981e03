/**
 * What a reference names: the same for every verb, whatever happened before, and never an answer of another pipeline.
 */
import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';
import { type Finished, type RunResult, runResultOf } from '../helpers/run-result.ts';

type Facts = Readonly<Record<string, unknown>>;

async function ask(project: InProcessProject, ...args: string[]): Promise<Finished> {
  return project.restage([...args, '--cache', project.cache]);
}

async function facts(project: InProcessProject, ...args: string[]): Promise<Facts> {
  const { stdout, stderr } = await ask(project, ...args, '--json');
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Facts;
}

async function runOf(project: InProcessProject, pipeline: string, ...args: string[]): Promise<RunResult> {
  const words = ['run', pipeline, '--reporter', 'json', '--cache', project.cache, ...args];
  return runResultOf(await project.restage(words));
}

async function refusal(project: InProcessProject, ...args: string[]): Promise<string> {
  const { code, stderr } = await ask(project, ...args);
  expect(code).toBe(2);
  return stderr;
}

describe('the latest of a node', () => {
  /** What a node came to in a run, as the events of the run told it. */
  interface Visit {
    readonly run: number;
    readonly outcome: string;
    readonly state: string | undefined;
  }

  const STEP = fc.record({
    pipeline: fc.constantFrom('a', 'b'),
    rate: fc.constantFrom(1, 2),
    fails: fc.constantFrom(false, false, true),
    target: fc.constantFrom([], [], ['train']),
    force: fc.constantFrom([], [], ['-f']),
  });

  test('is the same for show, get, log and tag, by pipeline, after any history', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { minLength: 4, maxLength: 6 }), async (steps) => {
        const project = makeInProcessProject('twins');
        const visits = new Map<string, Visit[]>();
        for (const { pipeline, rate, fails, target, force } of steps) {
          const settings = ['-S', `rate=${rate}`, '-S', `fails=${fails}`, ...force];
          const { events, outcomes, report } = await runOf(project, pipeline, ...target, ...settings);
          for (const [node, outcome] of Object.entries(outcomes)) {
            const ended = events.find(
              (event) => (event.type === 'node-ran' || event.type === 'node-hit') && event.node === node,
            );
            const state = ended !== undefined && 'state' in ended ? ended.state : undefined;
            const of = visits.get(`${pipeline}:${node}`) ?? [];
            visits.set(`${pipeline}:${node}`, [...of, { run: report!.run, outcome, state }]);
          }
        }
        for (const [name, of] of visits) await agree(project, name, of);
      }),
      { numRuns: 3, endOnFailure: true },
    );
  });

  async function agree(project: InProcessProject, name: string, visits: readonly Visit[]): Promise<void> {
    const latest = visits.at(-1)!;
    const state = visits.findLast((visit) => visit.state !== undefined)?.state;
    const output = name.endsWith('train') ? 'network' : 'score';
    const visit = { run: latest.run, outcome: latest.outcome };
    if (state === undefined) {
      for (const args of [
        ['show', name],
        ['get', `${name}.${output}`],
        ['tag', name, 'x'],
      ])
        expect(await refusal(project, ...args)).toMatch(/has no state yet: it (failed|was skipped) in run \d+/);
      return;
    }
    const shown = await facts(project, 'show', name);
    expect(shown).toMatchObject({ key: state, latestVisit: visit });
    const outputs = shown['outputs'] as readonly { readonly name: string; readonly digest: string }[];
    const digest = outputs.find((each) => each.name === output)!.digest;
    expect(await facts(project, 'get', `${name}.${output}`)).toMatchObject({ digest, latestVisit: visit });
    expect(await facts(project, 'show', `${name}.${output}`)).toMatchObject({ digest, latestVisit: visit });
    expect(await facts(project, 'tag', name, 'best')).toMatchObject({ state });
    const [pipeline = '', node = ''] = name.split(':');
    expect(await facts(project, 'show', node, '--pipeline', pipeline)).toMatchObject({ key: state });
    const log = await facts(project, 'log', name);
    expect(log).toMatchObject({ latestVisit: visit });
    const maker = (shown['attempt'] as { readonly id: number }).id;
    // What was executed has an attempt of its own; that of a hit is the one that made its state.
    if (latest.outcome === 'failed') expect(log).toMatchObject({ run: latest.run, failure: { class: 'error' } });
    else if (latest.outcome === 'ran') expect(log).toMatchObject({ run: latest.run });
    else expect(log).toMatchObject({ id: maker });
    // Where the latest visit has no state, every verb says that it shows an older one.
    const said = [
      (await ask(project, 'show', name)).stdout,
      (await ask(project, 'log', name)).stdout,
      (await ask(project, 'tag', name, 'best')).stdout,
      (await ask(project, 'get', `${name}.${output}`)).stderr,
    ];
    const older = `: ${latest.outcome} in run ${latest.run}`;
    for (const text of said)
      if (latest.state === undefined) expect(text).toMatch(new RegExp(`${older}.*; its latest state was made by run`));
      else expect(text).not.toContain('its latest state was made by');
  }
});

describe('a reference', () => {
  let project: InProcessProject;
  beforeAll(async () => {
    project = makeInProcessProject('twins');
    await runOf(project, 'a'); // 1: rate 1
    await runOf(project, 'a', '-S', 'rate=2'); // 2
    await runOf(project, 'a'); // 3: hits of run 1
    await runOf(project, 'b'); // 4
    await runOf(project, 'a', '-S', 'fails=true'); // 5
    await ask(project, 'tag', 'run:2', 'two');
    await ask(project, 'tag', 'run:1/train', 'lab/first.good');
    await ask(project, 'tag', 'run:2', 'judge');
  });

  const value = async (reference: string, ...args: string[]): Promise<unknown> =>
    (await facts(project, 'get', reference, ...args))['value'];

  test('takes a run, from the beginning or from the end, a tag, a pipeline, a digest', async () => {
    expect(await value('run:1/train.network')).toBe(10);
    expect(await value('run:2/train.network')).toBe(20);
    expect(await value('run:3/train.network')).toBe(10);
    expect(await value('run:-2/judge')).toBe(1000);
    expect(await value('a:run:-2/judge')).toBe(10);
    expect(await value('two/train.network')).toBe(20);
    expect(await value('tag:two/train.network')).toBe(20);
    expect(await value('lab/first.good.network')).toBe(10);
    expect(await value('lab/first.good/train.network')).toBe(10);
    expect(await value('b:train.network')).toBe(1000);
    expect(await value('b/index.ts:train.network')).toBe(1000);
    expect(await value('train.network', '--pipeline', 'b')).toBe(1000);
    const { key } = await facts(project, 'show', 'run:2/train');
    expect(await value(`${String(key).slice(0, 12)}.network`)).toBe(20);
    expect(await facts(project, 'show', 'run:latest')).toMatchObject({ kind: 'run', id: 5 });
    expect(await facts(project, 'log', 'a:run:latest')).toMatchObject({ kind: 'run', id: 5 });
    expect(await facts(project, 'log', 'b:run:latest')).toMatchObject({ kind: 'run', id: 4 });
    expect(await facts(project, 'log', 'run:3/train')).toMatchObject({ kind: 'attempt', run: 1 });
    expect(await facts(project, 'log', 'train', '--run', '3')).toMatchObject({ kind: 'attempt', run: 1 });
    expect(await facts(project, 'log', String(key))).toMatchObject({ kind: 'attempt', run: 2 });
  });

  test('reads a name as a node first, then as a tag', async () => {
    expect(await facts(project, 'show', 'a:judge')).toMatchObject({ kind: 'state', stage: 'twins/judge' });
    expect(await facts(project, 'show', 'tag:judge')).toMatchObject({ kind: 'run', id: 2 });
  });

  test('reads a name as a tag before a digest', async () => {
    const { key } = await facts(project, 'show', 'run:2/train');
    const prefix = /[a-f].{3}/.exec(String(key))![0];
    await ask(project, 'tag', 'run:4', prefix);
    expect(await facts(project, 'show', prefix)).toMatchObject({ kind: 'run', id: 4 });
  });

  test('to the code of a stage tells its sources', async () => {
    const { code } = await facts(project, 'show', 'run:2/train');
    const { digest } = code as { readonly digest: string };
    const { stdout } = await ask(project, 'show', digest.slice(0, 16));
    expect(stdout).toContain(`code ${digest}\n  twins/train, stages.ts#train\n`);
    expect(await facts(project, 'show', digest)).toMatchObject({ kind: 'code', states: 3 });
  });

  test.each<[string[], RegExp]>([
    [
      ['show', 'train'],
      /^restage: train is a node of 2 pipelines: a \(a\/index\.ts, last in run 5\) and b \(b\/index\.ts, last in run 4\); say which, such as a:train\.\n$/,
    ],
    [['get', 'train.network'], /train is a node of 2 pipelines/],
    [['log', 'judge'], /judge is a node of 2 pipelines/],
    [['tag', 'train', 'x'], /train is a node of 2 pipelines/],
    [['show', 'run:5/judge'], /judge has no state in run 5: it was skipped \(train failed\)/],
    [['get', 'run:5/train.network'], /train has no state in run 5: it failed/],
    [
      ['show', 'run:2/trian'],
      /Run 2 of a has no node trian \(did you mean "train"\?\); "restage log 2" lists its nodes/,
    ],
    [['show', 'run:-9'], /There are only 5 runs in the cache/],
    [['show', 'run:9'], /There is no run 9: the latest is 5/],
    [['show', 'c:train'], /No pipeline on record is called c.*a \(a\/index\.ts\)/],
    [['show', 'two/nothing'], /Run 2 of a has no node nothing/],
    [['get', 'lab/first.good/judge.score'], /The tag lab\/first\.good is on train, not on judge\.score/],
    [['show', 'a:trian'], /called a:trian \(did you mean "train"\?\)|called trian/],
    [['log', 'run:3/train', '--run', '2'], /names a run already/],
  ])('%j is refused with one sentence', async (args, sentence) => {
    expect(await refusal(project, ...args)).toMatch(sentence);
  });

  test('of a pipeline that has moved, or has another name now, means the one that is there', async () => {
    const moved = makeInProcessProject('twins');
    await runOf(moved, 'a');
    moved.write('c/index.ts', moved.read('a/index.ts'));
    await runOf(moved, 'c');
    // Two files with pipelines of one name are two pipelines.
    expect(await refusal(moved, 'show', 'train')).toMatch(
      /train is a node of 2 pipelines: a \(c\/index\.ts, .*\) and a \(a\/index\.ts, .*\); say which, such as c:train\./,
    );
    expect((await facts(moved, 'get', 'c:train.network'))['value']).toBe(10);
    rmSync(moved.path('a'), { recursive: true });
    await runOf(moved, 'c', '-S', 'rate=3');
    expect((await facts(moved, 'get', 'train.network'))['value']).toBe(30);
    moved.edit('c/index.ts', "name: 'a'", "name: 'c'");
    await runOf(moved, 'c', '-S', 'rate=4');
    expect((await facts(moved, 'get', 'train.network'))['value']).toBe(40);
    expect((await facts(moved, 'get', 'a/index.ts:train.network'))['value']).toBe(10);
  });
});

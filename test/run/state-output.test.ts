/** Going on from a state on record: `stateOutput` with a reference from the definition or from -S. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';
import { type Finished, type RunResult, runResultOf } from '../helpers/run-result.ts';

type Facts = Readonly<Record<string, unknown>>;

let project: InProcessProject;

const ask = async (...args: string[]): Promise<Finished> => project.restage([...args, '--cache', project.cache]);

async function facts(...args: string[]): Promise<Facts> {
  const { stdout, stderr } = await ask(...args, '--json');
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Facts;
}

const run = async (...settings: string[]): Promise<RunResult> =>
  runResultOf(await ask('run', 'c', '--reporter', 'json', ...settings.flatMap((setting) => ['-S', setting])));

const value = async (reference: string): Promise<unknown> => (await facts('get', reference))['value'];

async function refusal(...settings: string[]): Promise<string> {
  const { code, stderr, report } = await run(...settings);
  expect([code, report]).toEqual([2, undefined]);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  return stderr;
}

describe('an output on record as an input', () => {
  beforeEach(() => {
    project = makeInProcessProject('twins');
  });

  test('gives the key that the node which made it would give, and is told as where it comes from', async () => {
    await run();
    const { outcomes } = await run('start=run:1/train.network');
    expect(outcomes).toEqual({ judge: 'hit', page: 'hit', read: 'hit' });
    await run('start=run:1/train.network', 'scale=3');
    const made = await facts('show', 'run:1/train');
    const { inputs } = await facts('show', 'run:3/judge');
    expect(inputs).toMatchObject([
      { slot: 'network', from: { state: made['key'], stage: 'twins/train', node: 'train', output: 'network' } },
    ]);
    expect((await ask('show', 'run:3/judge')).stdout).toMatch(/network .* train\.network of state /);
    expect(await value('run:3/judge')).toBe(30);
    expect((await facts('fsck'))['damaged']).toBe(0);
  });

  test('is shown by plan, with the state that the reference names', async () => {
    await run();
    const { key } = await facts('show', 'c:train');
    const args = ['plan', 'c', '-S', 'start=run:1/train.network', '-S', 'scale=4'];
    expect((await ask(...args)).stdout).toContain(
      `run:1/train.network is network of train, state ${String(key).slice(0, 8)}, made by run 1\n`,
    );
    expect(await facts(...args)).toMatchObject({
      recordedInputs: [{ reference: 'run:1/train.network', node: 'train', output: 'network', run: 1, state: key }],
    });
  });

  test('stays what it was when the code that made it has moved on, or is gone', async () => {
    await run();
    project.edit('stages.ts', 'rate * 10', 'rate * 77');
    await run('start=run:1/train.network', 'scale=2');
    expect(await value('c:judge')).toBe(20);
    project.edit(
      'c/index.ts',
      'p.add(train, { params: { rate, fails }, executor }).out.network',
      "stateOutput('run:1/train.network', json<number>())",
    );
    project.edit('c/index.ts', 'judge, page, read, train', 'judge, page, read');
    await run('scale=5');
    expect(await value('c:judge')).toBe(50);
  });

  test('follows a tag that moves: no stale hit, and no run where the bytes are the same', async () => {
    await run();
    await run('rate=2');
    await ask('tag', 'run:1', 'base');
    const start = 'start=base/train.network';
    await run(start, 'scale=6');
    expect(await value('c:judge')).toBe(60);
    // Nothing changed: from the remembered plan.
    expect((await run(start, 'scale=6')).report!.counts).toMatchObject({ hit: 3, ran: 0 });
    await ask('tag', 'run:1', 'base', '--delete');
    await ask('tag', 'run:2', 'base');
    expect((await run(start, 'scale=6')).outcomes).toMatchObject({ judge: 'ran' });
    expect(await value('c:judge')).toBe(120);
    await ask('tag', 'run:2', 'base', '--delete');
    await ask('tag', 'run:3', 'base');
    expect(await refusal(start, 'scale=6')).toMatch(/Run 3 of c has no node train/);
    await ask('tag', 'run:3', 'base', '--delete');
    await ask('tag', 'run:1', 'base');
    expect((await run(start, 'scale=6')).report!.counts).toMatchObject({ ran: 0 });
    expect(await value('c:judge')).toBe(60);
  });

  test('may be named by the digest of its state, by its own, and as the latest of this pipeline', async () => {
    await run();
    await ask('run', 'b');
    const { key, outputs } = await facts('show', 'c:train');
    const [{ digest }] = outputs as [{ readonly digest: string }];
    for (const start of [
      `${String(key).slice(0, 16)}.network`,
      digest,
      'train.network',
      'c:run:latest/train.network',
    ]) {
      const { outcomes, stderr } = await run(`start=${start}`);
      expect([start, stderr, outcomes['judge']]).toEqual([start, '', expect.stringMatching(/hit|cut-off/)]);
      await run();
    }
    // The other pipeline's node of that name is named with it.
    await run('start=b:train.network');
    expect(await value('c:judge')).toBe(1000);
  });

  test('whose bytes are missing is made again from the record, unless its takers are up to date', async () => {
    await run();
    const { outputs } = await facts('show', 'c:page');
    const [{ digest }] = outputs as [{ readonly digest: string }];
    await run('page=run:1/page.words');
    rmSync(join(project.cache, 'objects', digest.slice(0, 2), digest.slice(2)), { force: true });
    const lost = (await facts('fsck'))['findings'] as readonly unknown[];
    expect(lost).not.toEqual([]);
    expect((await run('page=run:1/page.words')).report!.counts).toMatchObject({ ran: 0 });
    expect((await run('page=run:1/page.words', 'scale=9')).outcomes).toMatchObject({ read: 'ran' });
    expect((await facts('fsck'))['damaged']).toBe(0);
  });
});

describe('a reference that names no output to go on from', () => {
  beforeAll(async () => {
    project = makeInProcessProject('twins');
    await run();
    await run('fails=true');
  });

  test.each<[string, string[], RegExp]>([
    [
      'another kind',
      ['page=run:1/train.network'],
      /Input words of node read .*stateOutput\("run:1\/train\.network"\): that output is json, but the input takes text/,
    ],
    ['a state', ['start=run:1/train'], /that is a state; name an output of it, such as run:1\/train\.network\./],
    ['a run', ['start=run:1'], /that is a run; name an output in it, such as run:1\/train\.network\./],
    [
      'no run',
      ['start=run:9/train.network'],
      /Input network of node judge is wired to stateOutput\("run:9\/train\.network"\): There is no run 9: the latest is 2/,
    ],
    ['no output', ['start=run:1/train.netwrk'], /train has no output netwrk \(did you mean "network"\?\)/],
    ['nothing', ['start=nothing.x'], /pipeline c has nothing of that name on record/],
    [
      'a latest visit that failed',
      ['start=train.network'],
      /train failed in run 2, so it has no latest output; name the run/,
    ],
    ['an empty reference', ['start='], /stateOutput\(\) is called without a reference/],
  ])('is refused for %s', async (_, settings, sentence) => {
    expect(await refusal(...settings)).toMatch(sentence);
  });
});

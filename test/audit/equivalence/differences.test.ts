/** What is said of two runs of which one took states that a person had accepted for other keys. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { RunDiff } from '../../../src/audit/diff/diff-runs.ts';
import type { WhyRuns } from '../../../src/audit/why/why-runs.ts';
import type { InProcessProject } from '../../helpers/in-process-project.ts';
import { ask, chainProject, edit } from './chain-project.ts';

const NEUTRAL = { part: 'start + k + 0' };
const HARMFUL = { part: 'start + k + 10' };
const PARTS = ['part@k=0', 'part@k=1', 'part@k=2'];

let project: InProcessProject;
beforeEach(async () => {
  project = chainProject();
  await project.run();
});

async function told(...args: readonly string[]): Promise<string> {
  return (await ask(project, ...args)).stdout.replaceAll(/\s+/g, ' ');
}
async function diffed(before: number, after: number): Promise<RunDiff> {
  return JSON.parse((await ask(project, 'diff', `${before}`, `${after}`, '--json')).stdout) as RunDiff;
}
async function causes(...args: readonly string[]) {
  const why = JSON.parse((await ask(project, 'why', ...args, '--json')).stdout) as WhyRuns;
  return why.causes.map(({ change, nodes, followers }) => [change.kind, [...nodes].sort(), followers]);
}

/** Run 2 takes the states of run 1 for other code; run 3 has its own, which are other ones. */
async function acceptedAndRevoked(...args: readonly string[]): Promise<void> {
  edit(project, HARMFUL);
  await ask(project, 'accept', 'part', '-m', 'harmless, I think');
  await project.run();
  await ask(project, 'accept', '--revoke', 'part', '-m', 'it is not');
  await project.run(args);
}

describe('diff', () => {
  test('names the code that was accepted, and says of both states and runs who accepted it', async () => {
    edit(project, NEUTRAL);
    await ask(project, 'accept', 'part', '-m', 'adds nothing');
    await project.run();
    const sentence = /code changed; accepted by \S+ on .*: adds nothing \(equivalences 1-3, in force\)/;
    const text = await told('diff', '1', '2');
    expect(text).toMatch(/In run 2, part@k=0, part@k=1 and part@k=2 stand for another key as well: code changed;/);
    expect(text).toMatch(sentence);
    expect(text).not.toContain('first to differ');
    expect(await told('diff', 'run:1/part@k=1', 'run:2/part@k=1')).toMatch(/Both are the state .* \(equivalence 2,/);
    expect(await told('diff', 'run:2', '--working')).toMatch(/In run 2 and a run as it would be now, part@k=0/);
    await project.run();
    expect(await told('diff', '2', '3')).toMatch(/In run 2 and run 3, part@k=0/);
    const { codes, outputs } = await diffed(1, 2);
    expect({ stages: codes.map(({ stage }) => stage), outputs }).toEqual({
      stages: ['lab/part'],
      outputs: { same: 5, differ: 0 },
    });
  });

  test('names a node that had the state of another key as the first to differ, and no field of its key', async () => {
    await acceptedAndRevoked();
    expect(await diffed(2, 3)).toMatchObject({
      codes: [],
      fields: [],
      firstDivergence: {
        node: 'part@k=0',
        fields: [],
        outputs: ['value'],
        equivalence: { before: 1, after: null },
      },
    });
    expect(await told('diff', '2', '3')).toContain(
      'first to differ: part@k=0, from the same inputs: value, with no field of its key that differs; run 2 took the state of another key, by equivalence 1',
    );
    const { codes, firstDivergence } = await diffed(1, 3);
    expect(codes).toHaveLength(1);
    expect(firstDivergence).toMatchObject({ node: 'part@k=0', fields: [{ field: 'code' }] });
  });

  test('takes what a node was given from its run, and not from the state that was accepted for it', async () => {
    edit(project, { base: '{ value: 5 }' });
    await project.run(['base']);
    await ask(project, 'accept', 'part', '-m', 'the start has no meaning');
    await project.run();
    await ask(project, 'accept', '--revoke', 'part', '-m', 'it has');
    await project.run();
    const { firstDivergence, accepted } = await diffed(3, 4);
    expect(firstDivergence).toMatchObject({ node: 'part@k=0', fields: [], equivalence: { before: 1, after: null } });
    expect(accepted.before.flatMap(({ nodes }) => nodes).sort()).toEqual(PARTS);
    expect((await diffed(1, 3)).firstDivergence).toMatchObject({ node: 'base', fields: [{ field: 'code' }] });
    expect(await causes('3', '4')).toEqual([['equivalence', PARTS, ['sum']]]);
  });
});

describe('why', () => {
  test('names the end of an acceptance as what made nodes run, and not the edit that both runs have', async () => {
    await acceptedAndRevoked();
    expect(await causes('2', '3')).toEqual([['equivalence', PARTS, ['sum']]]);
    expect(await told('why', '2', '3')).toContain(
      'had the state of another key, which had been accepted; that is over; "restage accept --list" shows them',
    );
    expect((await causes('1', '3')).map(([kind]) => kind)).toEqual(['source']);
  });

  test('names what changed besides, and nothing else', async () => {
    await acceptedAndRevoked('-S', 'rate=0.25');
    expect(await causes('2', '3')).toEqual([['param', PARTS, ['sum']]]);
  });
});

test('two acceptances with the same words are told apart by the run in which they counted', async () => {
  edit(project, NEUTRAL);
  await ask(project, 'accept', 'part@k=0', '-m', 'adds nothing');
  await project.run();
  await ask(project, 'accept', '--revoke', '1');
  edit(project, { part: 'start + k - 0' });
  await ask(project, 'accept', 'part@k=0', '-m', 'adds nothing');
  await project.run();
  const { accepted } = await diffed(2, 3);
  expect([accepted.before, accepted.after].map((side) => side.map(({ id }) => id))).toEqual([[1], [2]]);
});

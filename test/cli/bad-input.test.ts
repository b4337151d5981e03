/** What the verbs that look into runs say of questions that have no answer, or only part of one: one sentence each. */
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ask, chainProject } from '../audit/equivalence/chain-project.ts';
import { printedOtherwise } from '../audit/equivalence/printed-otherwise.ts';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';

let lab: InProcessProject;

/** Runs 1 and 2 of lab, and run 3 of another pipeline. */
beforeAll(async () => {
  lab = makeInProcessProject('lab');
  await lab.run();
  await lab.run(['-S', 'digits=4']);
  const chain = chainProject();
  chain.cache = lab.cache;
  expect((await chain.run()).code).toBe(0);
});

async function refusal(...args: readonly string[]): Promise<string> {
  const { code, stderr, stdout } = await ask(lab, ...args);
  expect({ args, code: [2, 5].includes(code ?? 0), stdout }).toEqual({ args, code: true, stdout: '' });
  expect(stderr).toMatch(/^restage: [^\n]+\n$/);
  return stderr;
}

describe('a reference that is unknown or ambiguous', () => {
  test.each<[string, readonly string[], string]>([
    ['a node', ['show', 'mxi'], 'did you mean "mix"?'],
    ['a node to make again', ['verify', 'mxi'], 'did you mean "mix"?'],
    ['a node whose lineage is asked for', ['how', 'mxi'], 'did you mean "mix"?'],
    ['what was made from a node', ['uses', 'mxi'], 'did you mean "mix"?'],
    ['a node of a run', ['diff', 'run:1/mxi', 'run:2/mix'], 'Run 1 of lab has no node mxi (did you mean "mix"?)'],
    ['instances', ['show', 'scale'], 'scale has 3 instances; name one of them, such as scale@k='],
    ['a plain number where a node may be meant', ['show', '2'], 'did you mean "run:2"?'],
    ['a run', ['compare', '1', '9'], 'There is no run 9: the latest is 3'],
    ['a run before', ['why', '9'], 'There is no run 9: the latest is 3'],
    ['a run and a node', ['diff', 'run:1', 'run:1/mix'], 'name two of a kind'],
    ['a value by its last word', ['compare', '1', '2', '--columns', 'totl.sum'], 'did you mean'],
    ['a value that nothing is like', ['log', '--columns', 'qqqqqqqq'], '"restage show run:3" lists those of one'],
  ])('%s', async (_, args, sentence) => {
    expect(await refusal(...args)).toContain(sentence);
  });
});

describe('two runs of different pipelines', () => {
  test('are compared in what both have, and no more is claimed', async () => {
    const compared = (await ask(lab, 'compare', '1', '3')).stdout;
    expect(compared).toContain('Runs 1, 3 are of different pipelines:');
    expect(compared).not.toContain('environment and files are the same');
    expect((await ask(lab, 'diff', '1', '3')).stdout).toContain('two pipelines, compared in what they have in common');
  });

  test('have no cause, with a sentence', async () => {
    expect(await refusal('why', '1', '3')).toContain('name two runs of one pipeline');
  });

  test('are not compared as a baseline and a run', async () => {
    const file = lab.beside('baseline.json');
    expect((await ask(lab, 'verify', '--save', file, 'run:1')).code).toBe(0);
    expect(await refusal('verify', '--against', file, 'run:3')).toContain('Run 3 is one of chain');
  });
});

test('a state whose bytes are gone is told with the command that makes them again', async () => {
  const { 'noise.values': digest } = lab.outputs();
  const object = join(lab.cache, 'objects', digest!.slice(0, 2), digest!.slice(2));
  chmodSync(object, 0o644);
  rmSync(object);
  const offer =
    /is missing; "restage verify [0-9a-f]{8}" makes it again from the record, and so does a run that needs it/;
  expect(await refusal('get', 'noise.values', '-o', lab.beside('noise.csv'))).toMatch(offer);
  expect((await ask(lab, 'how', 'noise', '--without-today')).code).toBe(0);
  expect((await ask(lab, 'why', '1', '2')).code).toBe(0);
});

test('a state of an older restage is not verified, with the reason', async () => {
  const chain = chainProject();
  await chain.run();
  printedOtherwise(chain);
  const { code, stdout } = await ask(chain, 'verify', 'sum');
  expect(code).toBe(0);
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
    /sum \(state \w{8}, made by run 1\): cannot be verified The code \w{8} of stage lab\/sum on record is that of an older restage, which this one cannot execute; run the stage as it is now\./,
  );
});

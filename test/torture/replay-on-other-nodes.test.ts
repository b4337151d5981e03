/** A bundle that this Node made is replayed by others: what `portable` computes comes to the same bytes. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { otherNode, restageOfOtherNodes } from '../helpers/other-nodes.ts';
import { makeProject, type Project } from '../helpers/project.ts';
import { HIGGS, settingWords, TINY_HIGGS } from '../helpers/tiny-higgs.ts';

const TINY = settingWords(TINY_HIGGS);
const STATES = 15;

let project: Project;
let bundle: string;

beforeAll(async () => {
  project = makeProject();
  bundle = project.beside('run.zip');
  const ran = await project.restage(['run', HIGGS, '--backend', 'portable', '--cache', project.cache, ...TINY]);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  const bundled = await project.restage(['bundle', 'run:1', '-o', bundle, '--cache', project.cache]);
  expect(bundled).toMatchObject({ code: 0, stderr: '' });
});

test.for([22, 24] as const)('on Node %i, every state of a run of the HiggsML pipeline', (major, { skip }) => {
  const node = otherNode(major);
  if (node === undefined) return skip(`no Node ${major} for this machine, or no registry to get it from`);
  const elsewhere = project.beside(`node-${major}`);
  mkdirSync(elsewhere);
  const replayed = execFileSync(node, [restageOfOtherNodes(), 'replay', bundle, '--yes', '--json'], {
    cwd: elsewhere,
    encoding: 'utf8',
  });
  const { subjects, states } = JSON.parse(replayed) as {
    readonly subjects: readonly unknown[];
    readonly states: readonly { readonly verdict: string }[];
  };
  expect(subjects).toMatchObject([{ name: 'run:1', stands: true }]);
  expect(states.map(({ verdict }) => verdict)).toEqual(Array(STATES).fill('same'));
});

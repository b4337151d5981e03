/** A bundle that this Node made is replayed by others: what `portable` computes comes to the same bytes. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { otherNode, restageOfOtherNodes } from '../helpers/other-nodes.ts';
import { makeProject, type Project } from '../helpers/project.ts';

const PIPELINE = fileURLToPath(new URL('../../pipelines/higgs', import.meta.url));
const TINY = Object.entries({
  data: 'simulated:3000',
  'folds.count': 3,
  'network.width': 8,
  'network.depth': 2,
  'train.lengthRiseSubEpochs': 2,
  'train.lengthFallSubEpochs': 4,
  'lrFind.steps': 10,
  'cut.minPrediction': 0.5,
  'score.bootstrapSamples': 20,
}).flatMap(([path, value]) => ['-S', `${path}=${value}`]);
const STATES = 15;

let project: Project;
let bundle: string;

beforeAll(async () => {
  project = makeProject();
  bundle = project.beside('run.zip');
  const ran = await project.restage(['run', PIPELINE, '--backend', 'portable', '--cache', project.cache, ...TINY]);
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

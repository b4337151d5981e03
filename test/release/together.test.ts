/**
 * An ablation whose trainings go together on a device, from nothing: what its logs say, and the states of a run one by
 * one.
 */
import { setTimeout as later } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeProject, makeReferenceProject, type Project } from '../helpers/project.ts';
import { NO_SOFTWARE_ADAPTER, softwareAdapter } from '../helpers/software-adapter.ts';
import { HIGGS, settingWords } from '../helpers/tiny-higgs.ts';

const SECONDS = 1000;
const TINY = settingWords({
  'train.together': true,
  data: 'simulated:2500',
  'folds.count': 2,
  'network.depth': 1,
  'network.width': 4,
  'train.batchSize': 256,
  'train.lengthRiseSubEpochs': 1,
  'train.lengthFallSubEpochs': 1,
  'predict.rotMult': 0,
  'lrFind.steps': 2,
  'cut.minPrediction': 0.3,
  'score.bootstrapSamples': 5,
});
const PEAKS = ['0.01', '0.02'];
const SEEDS = ['0', '1'];
const MEMBERS = ['base', 'train.learningRatePeak=0.02'].flatMap((branch) =>
  SEEDS.map((seed) => `${branch}/seed-${seed}/train-folds`),
);

beforeEach(({ skip }) => skip(softwareAdapter === undefined, NO_SOFTWARE_ADAPTER));

async function restage(project: Project, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await project.restage([...words, '--cache', project.cache], {
    env: softwareAdapter!,
    // What verifies needs the packages of the project.
    cwd: HIGGS,
  });
  expect(code, stderr + stdout).toBe(0);
  return stdout;
}
const run = (project: Project, ...words: readonly string[]): Promise<string> =>
  restage(project, 'run', HIGGS, ...words, '--device', 'software', '--reporter', 'plain', ...TINY);

/** The bytes of the trained networks, by key. */
function networks(project: Project): Readonly<Record<string, string>> {
  const rows = project.query<{ readonly key: string; readonly output: string; readonly digest: string }>(
    `SELECT lower(hex(s.key)) AS key, o.text AS output, lower(hex(a.digest)) AS digest
     FROM state s JOIN name g ON g.id = s.stage JOIN state_output so ON so.state = s.id
     JOIN name o ON o.id = so.name JOIN artifact a ON a.id = so.artifact WHERE g.text = 'higgs/train-folds'`,
  );
  return Object.fromEntries(rows.map(({ key, output, digest }) => [`${key} ${output}`, digest]));
}

test(
  'all trainings of an ablation from nothing go together, and have the states of a run one by one',
  { timeout: 600 * SECONDS },
  async () => {
    const together = makeReferenceProject();
    const grid = ['-S', `train.learningRatePeak=${PEAKS.join()}`, '--seeds', '2'];
    const how = ['--device', 'software', '--reporter', 'plain', '-j', '2'];
    const metric = ['--metric', 'score.validation.rocAuc:higher'];
    // The data of one seed are ready before those of the other.
    await restage(together, 'ablate', HIGGS, ...TINY, ...grid, ...how, ...metric);

    for (const member of MEMBERS) {
      const log = await restage(together, 'log', member);
      const others = MEMBERS.filter((other) => other !== member);
      expect(log).toContain('It goes together with 3 other nodes on software:0=');
      for (const other of others) expect(log).toContain(other);
      expect(log).toMatch(/Its share of these [\d.]+ s, in which others went on as well, is [\d.]+ s\./);
    }
    const attempts = together.query<{
      readonly worker: string;
      readonly cpu: number | null;
      readonly peak: number | null;
    }>(
      `SELECT DISTINCT a.worker, e.cpu_seconds AS cpu, e.peak_bytes AS peak FROM attempt a JOIN name n ON n.id = a.node
       JOIN attempt_end e ON e.attempt = a.id WHERE n.text GLOB '*/train-folds'`,
    );
    expect(attempts).toEqual([{ worker: expect.anything() as string, cpu: null, peak: null }]);

    const oneByOne = makeReferenceProject();
    for (const seed of SEEDS)
      for (const peak of PEAKS)
        await run(oneByOne, 'train-folds', '--seed', seed, '-S', `train.learningRatePeak=${peak}`);
    expect(Object.keys(networks(together))).toHaveLength(12);
    expect(networks(together)).toEqual(networks(oneByOne));
    expect(await restage(together, 'verify', MEMBERS[3]!)).toContain('same bytes');
  },
);

/** Data of two seeds, each made once its gate is open, and a stage on them whose nodes go together. */
const GATED = `import { json, pipeline, stage, type StageContext } from 'restage';
import { z } from 'zod';
import { pass } from './lab.ts';

export const data = stage({
  name: 'lab/data',
  params: z.strictObject({ gate: z.string() }),
  inputs: {},
  outputs: { gate: json<string>() },
  async run({ params: { gate }, signal }) {
    await pass(gate, signal);
    return { gate };
  },
});

const inputs = { gate: json<string>() };
const fitOne = async ({ inputs: { gate } }: StageContext<{}, typeof inputs>) => ({ of: await gate.read() });

export const fit = stage({
  name: 'lab/fit',
  params: z.strictObject({}),
  inputs,
  outputs: { of: json<string>() },
  compute: true,
  run: fitOne,
  runTogether: (contexts) => contexts.map(fitOne),
});

export default pipeline({
  name: 'gated',
  params: z.strictObject({}),
  build(p) {
    for (const gate of ['one', 'two'])
      p.add(fit, { key: { gate }, params: {}, inputs: p.add(data, { key: { gate }, params: { gate } }).out });
    return {};
  },
});
`;

describe('a node whose data are ready first', () => {
  async function held(seconds: number) {
    const project = makeProject('lab').write('index.ts', GATED);
    const run = await project.startRun(['--device', 'software', '-j', '2'], { env: softwareAdapter! });
    await run.event(({ type }) => type === 'node-started');
    await later(1000 * seconds);
    project.open('one');
    const event = await run.event(({ type }) => type === 'node-held');
    expect(event).toMatchObject({ node: 'fit@gate=one', more: 1 });
    return { project, run };
  }

  test('is kept waiting for the other one, and goes together with it', { timeout: 60 * SECONDS }, async () => {
    const { project, run } = await held(5);
    project.open('two');
    expect((await run.result).report!.counts).toMatchObject({ ran: 4 });
    const { stdout } = await project.restage(['log', 'fit@gate=one', '--cache', project.cache]);
    expect(stdout).toMatch(/It goes together with another node on software:0=.*: fit@gate=two\./);
  });

  test('starts alone when it has waited for as long as they took', { timeout: 60 * SECONDS }, async () => {
    const { project, run } = await held(1);
    await run.event((event) => event.type === 'node-started' && event.node === 'fit@gate=one');
    project.open('two');
    expect((await run.result).report!.counts).toMatchObject({ ran: 4 });
  });
});

/** An ablation whose trainings go together on a device: what its logs say, and the states of a run one by one. */
import { beforeEach, expect, test } from 'vitest';
import { makeReferenceProject, type Project } from '../helpers/project.ts';
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
  'all trainings of an ablation that are ready go together, and have the states of a run one by one',
  { timeout: 600 * SECONDS },
  async () => {
    const together = makeReferenceProject();
    for (const seed of SEEDS) await run(together, 'fold-split', '--seed', seed);
    const grid = ['-S', `train.learningRatePeak=${PEAKS.join()}`, '--seeds', '2'];
    const how = ['--device', 'software', '--reporter', 'plain', '-j', '2'];
    const metric = ['--metric', 'score.validation.rocAuc:higher'];
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

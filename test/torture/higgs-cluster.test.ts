/** The reference pipeline on a real Slurm, tiny: the bytes of one machine, also where a training has to make room. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyKnownPackages } from '../helpers/known-record.ts';
import { type Live, makeReferenceProject, type Project } from '../helpers/project.ts';
import type { RunResult } from '../helpers/run-result.ts';
import { noSlurm, NODES, SlurmCluster } from '../helpers/slurm.ts';
import { HIGGS, settingWords, TINY_HIGGS } from '../helpers/tiny-higgs.ts';

/** Of some 50 steps a sub-epoch; a checkpoint is made every 1,000 steps. */
const SUB_EPOCHS = 160;
const LONG = {
  ...TINY_HIGGS,
  averaging: 'swa',
  'schedule.lengthCycleSubEpochs': 2,
  'schedule.maxSubEpochs': SUB_EPOCHS,
  'patience.subEpochs': SUB_EPOCHS,
  'train.batchSize': 16,
} as const;
const TRAINING = 'train-fold@fold=1';

describe.skipIf(noSlurm !== undefined)('the HiggsML pipeline on a cluster with Slurm', () => {
  const project: Project = makeReferenceProject();
  let cluster: SlurmCluster;
  beforeAll(async () => {
    cluster = await SlurmCluster.start();
  });
  afterAll(() => cluster.stop());

  const begin = (settings: Readonly<Record<string, unknown>>, ...args: readonly string[]): Promise<Live> =>
    project.start(['run', HIGGS, '--cache', project.cache, '--reporter', 'json', ...settingWords(settings), ...args], {
      env: cluster.env,
    });
  const run = async (...words: Parameters<typeof begin>): Promise<RunResult> => {
    const result = await (await begin(...words)).result;
    expect(result).toMatchObject({ code: 0, stderr: '' });
    return result;
  };
  const facts = () => ({ keys: project.stateKeys(), outputs: project.outputs() });
  /** On this machine alone, in a cache of its own. */
  async function here(cache: string, ...words: Parameters<typeof begin>): Promise<ReturnType<typeof facts>> {
    const shared = project.cache;
    project.cache = project.beside(cache);
    copyKnownPackages(project.cache);
    try {
      await run(...words);
      return facts();
    } finally {
      project.cache = shared;
    }
  }

  test('gives every key and every byte that it gives on one machine', async () => {
    const began = performance.now();
    const { report } = await run(TINY_HIGGS, '--executor', 'slurm');
    const seconds = (performance.now() - began) / 1000;
    const { keys, outputs } = facts();
    console.log(`${keys.length} nodes in ${await cluster.jobs()} jobs and ${seconds.toFixed(0)} s`);
    expect(report!.counts).toMatchObject({ ran: keys.length, failed: 0 });
    expect(await here('local', TINY_HIGGS)).toEqual({ keys, outputs });
  });

  test('continues a training that had to make room on the other node, from its checkpoint, to the same bytes', async () => {
    const whole = await here('whole', LONG, TRAINING);
    const live = await begin(LONG, TRAINING, '--executor', 'slurm');
    const checkpoints = join(project.cache, 'checkpoints');
    const hasSaved = (): boolean => existsSync(checkpoints) && readdirSync(checkpoints).length > 0;
    await expect.poll(hasSaved, { timeout: 120_000, interval: 20 }).toBe(true);
    // On a busy machine, the training could end before the commands that follow do.
    for (const node of NODES) cluster.signalJobs(node, 'SIGSTOP');
    const [job = '', , first = ''] = (await cluster.queue())[0]!.split(' ');
    await cluster.ask('scontrol', 'update', `NodeName=${first}`, 'State=DRAIN', 'Reason=another host');
    await cluster.ask('scancel', '--batch', '--signal=TERM', job);
    for (const node of NODES) cluster.signalJobs(node, 'SIGCONT');
    const { code, stderr, events, outcomes } = await live.result;
    await cluster.resumeDrained();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(outcomes[TRAINING]).toBe('ran');
    expect(project.query('SELECT class FROM attempt_failure')).toEqual([{ class: 'lost' }]);
    const hosts = events.flatMap((event) =>
      event.type === 'node-observed' && event.node === TRAINING && event.state === 'running' ? [event.note] : [],
    );
    expect(new Set(hosts.map((note) => note?.split(' on ')[1]))).toEqual(new Set(['n1', 'n2']));
    const lost = events.findIndex(({ type }) => type === 'node-attempt-failed');
    const steps = events
      .slice(lost)
      .flatMap((event) => (event.type === 'node-metric' && event.name === 'validation loss' ? [event.step!] : []));
    // Nothing before its checkpoint is computed again.
    expect(steps[0]).toBeGreaterThan(10);
    expect(steps).toEqual(Array.from({ length: SUB_EPOCHS - steps[0]! }, (_, i) => steps[0]! + i));
    const { keys, outputs } = facts();
    expect(keys).toEqual(expect.arrayContaining([...whole.keys]));
    expect(ofTraining(outputs)).toEqual(ofTraining(whole.outputs));
  });
});

function ofTraining(outputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(outputs).filter(([output]) => output.startsWith(`${TRAINING}.`)));
}

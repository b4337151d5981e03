/**
 * Runs on a real Slurm on which faults come at random moments: none may lose a state, double one, change a byte or leave a job
 * behind. `npm run torture -- slurm` has 300 rounds; ROUNDS says how many others.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClusterLab } from '../helpers/cluster-lab.ts';
import { fsck } from '../helpers/fsck.ts';
import type { Live } from '../helpers/project.ts';
import { PROPERTY_SEED } from '../helpers/property-seed.ts';
import { type NodeName, noSlurm, SlurmCluster } from '../helpers/slurm.ts';

import { randomNumbers } from './random.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 30);
const PARTS = 5;
const PARAMS = ['-S', `parts=${PARTS}`, '-S', 'lasts=700'];

const random = randomNumbers(PROPERTY_SEED);
const oneOf = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;

/** What happens to a run. It returns when the cluster is on its way to being whole again. */
type Fault = (cluster: SlurmCluster, live: Live) => Promise<void>;

const node = (): NodeName => oneOf(['n1', 'n2']);

async function signalled(cluster: SlurmCluster, ...words: readonly string[]): Promise<void> {
  const running = (await cluster.ask('squeue', '-h', '-t', 'R', '-o', '%i')).split('\n').filter(Boolean);
  // It may have ended by the time the signal comes.
  if (running.length > 0) await cluster.ask('scancel', ...words, oneOf(running)).catch(() => undefined);
}

async function killController(cluster: SlurmCluster): Promise<void> {
  await cluster.killController();
  await pause(random() * 3000);
  cluster.startController();
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'the run is killed': (_, live) => {
    live.killGroup('SIGKILL');
    return Promise.resolve();
  },
  'the controller is killed': (cluster) => killController(cluster),
  'the run and the controller are killed': (cluster, live) => {
    live.killGroup('SIGKILL');
    return killController(cluster);
  },
  'a node loses power': async (cluster) => {
    const name = node();
    await cluster.killNode(name);
    await pause(random() * 10_000);
    cluster.startNode(name);
  },
  'the daemon of a node answers nobody for a while': async (cluster) => {
    const name = node();
    cluster.suspendNode(name);
    await pause(random() * 16_000);
    cluster.resumeNode(name);
  },
  'somebody cancels a job': (cluster) => signalled(cluster),
  'a job has to make room': (cluster) => signalled(cluster, '--batch', '--signal=TERM'),
  'a job is killed': (cluster) => signalled(cluster, '--batch', '--signal=KILL'),
};

describe.skipIf(noSlurm !== undefined)('on a cluster with Slurm', () => {
  let cluster: SlurmCluster;
  beforeAll(async () => {
    cluster = await SlurmCluster.start({ nodeTimeout: 6 });
  });
  afterAll(() => cluster.stop());

  test(`${ROUNDS} faults at random moments leave nothing wrong behind`, async () => {
    console.log(`${ROUNDS} rounds, with the faults of seed ${PROPERTY_SEED}`);
    const lab = new ClusterLab('slurm', cluster.env);
    expect(await lab.local(...PARAMS)).toMatchObject({ code: 0 });
    const truth = lab.facts();
    lab.startOver('undisturbed');
    const undisturbed = performance.now();
    expect(await lab.run(...PARAMS)).toMatchObject({ code: 0 });
    const wallMs = performance.now() - undisturbed;
    for (let round = 1; round <= ROUNDS; round++) {
      const fault = oneOf(Object.keys(FAULTS));
      lab.startOver(`round-${round}`);
      const began = performance.now();
      const administrator = setInterval(() => void cluster.resumeDrained(), 1000);
      const first = await lab.begin(...PARAMS);
      const delay = random() * wallMs;
      await Promise.race([first.ended, pause(delay)]);
      await FAULTS[fault]!(cluster, first);
      let ended = await first.result;
      let runs = 1;
      // A run that was killed, or whose job somebody cancelled, is run again: nothing else that is done here may fail it.
      for (; ended.code !== 0 && runs < 3; runs++) ended = await lab.run(...PARAMS);
      await cluster.idle();
      clearInterval(administrator);
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      const tally = lab.tally();
      console.log(
        `${round}: ${fault} after ${Math.round(delay)} ms; ${runs} runs, ${tally.length} executions, ${seconds} s`,
      );
      const what = { round, fault };
      expect({ ...what, code: ended.code, stderr: ended.stderr }).toEqual({ ...what, code: 0, stderr: '' });
      expect({ ...what, ...lab.facts() }).toEqual({ ...what, ...truth });
      expect({ ...what, ...(await fsck(lab.project)) }).toEqual({ ...what, code: 0, kinds: [] });
      expect([what, new Set(tally).size]).toEqual([what, PARTS]);
      // Where no job was lost, none was executed twice.
      if (fault === 'the run is killed') expect([what, tally.length]).toEqual([what, PARTS]);
      expect([what, await cluster.queue()]).toEqual([what, []]);
    }
  });
});

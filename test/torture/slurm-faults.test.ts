/**
 * Runs on a real Slurm on which faults come at random moments: none may lose a state, double one, change a byte or
 * leave a job behind. `npm run torture -- slurm` has 300 faults; ROUNDS says how many others.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { canCut } from '../helpers/cables.ts';
import { ClusterLab } from '../helpers/cluster-lab.ts';
import { fsck } from '../helpers/fsck.ts';
import type { Live } from '../helpers/project.ts';
import { PROPERTY_SEED } from '../helpers/property-seed.ts';
import { type NodeName, noSlurm, SlurmCluster } from '../helpers/slurm.ts';

import { randomNumbers } from './random.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 30);
/** So many faults come while one cache is filled. */
const A_CACHE = 5;
const PARTS = 4;
const PARAMS = ['-S', `parts=${PARTS}`, '-S', 'lasts=500'];

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
  // Where no networks can be made, the faults are of the other kinds.
  ...(canCut && {
    'the cable of a node is pulled for a while': async (cluster: SlurmCluster) => {
      const name = node();
      cluster.cutNode(name);
      await pause(random() * 16_000);
      cluster.mendNode(name);
    },
  }),
  'somebody cancels a job': (cluster) => signalled(cluster),
  'a job has to make room': (cluster) => signalled(cluster, '--batch', '--signal=TERM'),
  'a job is killed': (cluster) => signalled(cluster, '--batch', '--signal=KILL'),
};

describe.skipIf(noSlurm !== undefined)('on a cluster with Slurm', () => {
  let cluster: SlurmCluster;
  beforeAll(async () => {
    cluster = await SlurmCluster.start({ nodeTimeout: 6, cables: canCut });
  });
  afterAll(() => cluster.stop());

  test(`${ROUNDS} faults at random moments leave nothing wrong behind`, async () => {
    console.log(`${ROUNDS} faults of seed ${PROPERTY_SEED}, of ${Object.keys(FAULTS).length} kinds`);
    const lab = new ClusterLab('slurm', cluster.env);
    expect(await lab.local(...PARAMS)).toMatchObject({ code: 0 });
    const truth = lab.facts();
    lab.startOver('undisturbed');
    const undisturbed = performance.now();
    expect(await lab.run(...PARAMS)).toMatchObject({ code: 0 });
    const wallMs = performance.now() - undisturbed;
    const administrator = setInterval(() => void cluster.resumeDrained(), 1000);
    onTestFinished(() => clearInterval(administrator));
    for (let faults = 0; faults < ROUNDS; faults += A_CACHE) {
      lab.startOver(`after-${faults}`);
      const began = performance.now();
      const happened: string[] = [];
      let live = await lab.begin(...PARAMS);
      let runs = 1;
      const again = async (): Promise<void> => {
        live = await lab.begin(...PARAMS);
        runs++;
      };
      while (happened.length < A_CACHE) {
        const ended = await Promise.race([live.ended, pause(random() * wallMs)]);
        const fault = oneOf(Object.keys(FAULTS));
        await FAULTS[fault]!(cluster, live);
        happened.push(fault);
        if (ended !== undefined || fault.startsWith('the run')) await again();
      }
      let { code, stderr } = await live.result;
      // A run whose job somebody cancelled is run again: nothing else that is done here may fail it.
      for (; code !== 0 && runs < 3 * A_CACHE; { code, stderr } = await live.result) await again();
      await cluster.idle();
      const tally = lab.tally();
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      console.log(`${happened.join(', then ')}: ${runs} runs, ${tally.length} executions, ${seconds} s`);
      expect({ happened, code, stderr }).toEqual({ happened, code: 0, stderr: '' });
      expect({ happened, ...lab.facts() }).toEqual({ happened, ...truth });
      expect({ happened, ...(await fsck(lab.project)) }).toEqual({ happened, code: 0, kinds: [] });
      expect([happened, new Set(tally).size]).toEqual([happened, PARTS]);
      expect([happened, await cluster.queue()]).toEqual([happened, []]);
    }
  });
});

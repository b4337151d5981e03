/** What a run knows of devices where its nodes execute as jobs: asked once, and forgotten when no job finds it true. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { join } from 'node:path';
import { onDevice } from '../../src/core/identity/backend-identity.ts';
import { sha256 } from '../../src/core/identity/digest.ts';
import type { GraphNode } from '../../src/core/graph/graph.ts';
import type { NodePolicy } from '../../src/core/authoring/policy.ts';
import { failure } from '../../src/executors/attempt/failure.ts';
import type { JobRequest } from '../../src/executors/batch/contract.ts';
import type { ComputeThere } from '../../src/executors/batch/probe/probe-directory.ts';
import type { Submission } from '../../src/executors/batch/submission.ts';
import type { RunEvent } from '../../src/events.ts';
import type { ExecutorEvent } from '../../src/executors/contract.ts';
import { registerExecutor } from '../../src/executors/registry.ts';
import type { ComputePlace } from '../../src/identity/compute/elsewhere.ts';
import { ClusterCompute, type ClusterRequest } from '../../src/run/cluster-compute.ts';
import type { Cache } from '../../src/store/cache.ts';
import { replaceFile } from '../../src/store/files/temporary-files.ts';
import { ScriptedSystem } from '../executors/batch/scripted-system.ts';
import { openEmptyCache } from '../helpers/empty-cache.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

/** A batch system whose jobs say at once what their partition has. */
class Site extends ScriptedSystem {
  devices: Readonly<Record<string, string>> = { main: 'H200' };

  /** Partitions whose jobs wait for a host. */
  readonly waiting = new Set<string>();

  override async submit(request: JobRequest): Promise<Submission> {
    const { partition = 'main' } = request.options;
    const answer = await super.submit(request);
    if (this.waiting.has(partition)) {
      this.jobs!.set(request.unit, { job: this.jobs!.get(request.unit)!.job, state: 'waiting', why: 'Priority' });
      return answer;
    }
    const device = this.devices[partition];
    const computes: ComputeThere =
      device === undefined
        ? { type: 'none', why: 'There is no GPU here.' }
        : { type: 'found', compute: { backend: identity(device), devices: ['gpu:0'], sameBitsTogether: true } };
    const file = (name: string, value: unknown): void =>
      replaceFile(join(request.directory, name), JSON.stringify(value), 'A test');
    file('arrived', { host: 'n1', asked: request.unit, at: 0 });
    file('left', { answeredAt: 0, won: [], noLinks: null, computes });
    this.end(request.unit, 'completed');
    return answer;
  }
}

const identity = (device: string) =>
  onDevice({ name: 'tfjs-webgpu', version: '1', digest: sha256('libraries') }, device, 'driver 1');

let site: Site;
let cache: Cache;
let unregister: () => void;
const told: string[] = [];
beforeEach(() => {
  site = new Site();
  cache = openEmptyCache(temporaryDirectory());
  told.length = 0;
  unregister = registerExecutor({
    name: 'site',
    isolates: true,
    load: () => Promise.reject(new Error('nothing is executed')),
    batch: { commands: [], hasPartitions: true, load: () => Promise.resolve(() => site) },
  });
});
afterEach(() => {
  unregister();
  cache.close();
});

function compute(request: Partial<ClusterRequest> = {}, asks = true): ClusterCompute {
  const search = {
    projectRoot: import.meta.dirname,
    digestOf: () => Promise.resolve(sha256('here')),
    probe: () => Promise.reject(new Error('this machine is not asked')),
  };
  const tell = (words: string): void => void told.push(words);
  const asking = { asks: tell, answered: () => tell('answered'), notice: tell };
  const whole = { project: { root: import.meta.dirname }, executor: 'site', batch: {}, ...request };
  return new ClusterCompute(cache, whole, search, asks ? asking : undefined);
}

const node = (policy: NodePolicy | { executor: string } = {}): GraphNode =>
  ({ id: 'train', stage: 's', compute: true, inputs: [], policy }) as unknown as GraphNode;
const place = (options: ComputePlace['options'] = {}): ComputePlace => ({ executor: 'site', options, gpus: 1 });
const partitionsAsked = () => site.requests.map(({ options }) => options['partition'] ?? 'main');
const refused = { type: 'failed', ofHost: 'n2', failure: failure('lost', 'Another GPU.') } as unknown as ExecutorEvent;
const begun = (backend: string | null): RunEvent => {
  const on = { at: 0, node: 'train', stage: 's', attempt: 1, worker: 'n1/1', params: null };
  return { type: 'node-started', ...on, backend };
};

describe('the places where nodes compute', () => {
  test('are each one once, with what the site and the node ask for', async () => {
    const slurm = compute({ executor: 'slurm', batch: { slurm: { partition: 'gpu', account: 'physics' } } });
    const nodes = [node(), node(), node({ slurm: { partition: 'big' } }), node({ gpus: 0 })];
    expect(await slurm.placesOf(nodes, false)).toEqual([
      { executor: 'slurm', options: { partition: 'gpu', account: 'physics' }, gpus: 1 },
      { executor: 'slurm', options: { partition: 'big', account: 'physics' }, gpus: 1 },
      { executor: 'slurm', options: { partition: 'gpu', account: 'physics' }, gpus: 0 },
    ]);
  });

  test('ask for no GPU where a software adapter is meant', async () => {
    expect(await compute().placesOf([node()], true)).toEqual([{ ...place(), gpus: 0 }]);
  });

  test('are none where a node computes on this machine, which decides then', async () => {
    expect(await compute().placesOf([node(), node({ executor: 'worker' })], false)).toEqual([]);
  });
});

describe('what computes on a cluster', () => {
  test('is asked by one job with a GPU, and known to the next run', async () => {
    const first = await compute().resolve([place()], 'tfjs-webgpu', 'gpu');
    expect(first).toEqual({ backend: identity('H200'), devices: ['gpu:0'], sameBitsTogether: true });
    expect(site.requests.map(({ needs }) => needs)).toEqual([{ cpus: 1, memoryMiB: 2000, gpus: 1, seconds: 600 }]);
    expect(told).toEqual(['A job of Batch looks for what computes on its hosts; the plan waits for that.', 'answered']);
    expect(await compute({}, false).resolve([place()], 'tfjs-webgpu', 'gpu')).toEqual(first);
    expect(site.requests).toHaveLength(1);
  });

  test('is asked again for another partition, and for another backend', async () => {
    site.devices = { main: 'H200', old: 'H200' };
    await compute().resolve([place()], 'tfjs-webgpu', 'gpu');
    await compute().resolve([place({ partition: 'old' })], 'tfjs-webgpu', 'gpu');
    await compute().resolve([place()], 'auto', 'gpu');
    expect(site.requests).toHaveLength(3);
  });

  test('is not asked by a command that only looks, which says so', async () => {
    await expect(compute({}, false).resolve([place()], 'auto', 'gpu')).rejects.toThrow(
      'What computes on the hosts of site is not known yet, and this command submits no job; start a run, which has a job look, or use --device cpu.',
    );
    expect(site.requests).toEqual([]);
  });

  test('is told as the job saw it where nothing does', async () => {
    site.devices = {};
    await expect(compute().resolve([place()], 'tfjs-webgpu', 'gpu')).rejects.toThrow(
      'Job 1 of Batch looked for what computes on n1, and found nothing: There is no GPU here.',
    );
    site.devices = { main: 'H200' };
    expect((await compute().resolve([place()], 'tfjs-webgpu', 'gpu')).backend.device).toBe('H200');
  });

  test('is one device, so that places with two are refused', async () => {
    site.devices = { main: 'H200', old: 'A100' };
    await expect(compute().resolve([place(), place({ partition: 'old' })], 'auto', 'gpu')).rejects.toThrow(
      'The compute nodes of a run have one device, and site has H200 with the driver "driver 1", while site (partition old) has A100 with the driver "driver 1"; send all of them to one kind of host.',
    );
  });

  test('is asked again where what is remembered is not one device, once, and not where it was asked just now', async () => {
    const [main, old] = [place(), place({ partition: 'old' })];
    site.devices = { main: 'H200', old: 'H200' };
    await compute().resolve([main, old], 'auto', 'gpu');
    site.devices = { main: 'H300', old: 'H300' };
    const run = compute();
    await run.resolve([main], 'auto', 'gpu');
    run.heard(refused);
    run.ended();
    // Now this place is asked, and the other one is remembered.
    expect((await compute().resolve([main, old], 'auto', 'gpu')).backend.device).toBe('H300');
    expect(partitionsAsked()).toEqual(['main', 'old', 'main', 'old']);
    await compute().resolve([main, old], 'auto', 'gpu');
    expect(site.requests).toHaveLength(4);
  });

  test('is asked again in all places that are remembered and differ; a command that only looks says what does that', async () => {
    const [main, old] = [place(), place({ partition: 'old' })];
    site.devices = { main: 'H200', old: 'A100' };
    await compute().resolve([main], 'auto', 'gpu');
    await compute().resolve([old], 'auto', 'gpu');
    await expect(compute({}, false).resolve([main, old], 'auto', 'gpu')).rejects.toThrow(
      'start a run, which has jobs look again, or send all of them to one kind of host.',
    );
    expect(site.requests).toHaveLength(2);
    await expect(compute().resolve([main, old], 'auto', 'gpu')).rejects.toThrow(
      'The compute nodes of a run have one device',
    );
    expect(partitionsAsked()).toEqual(['main', 'old', 'main', 'old']);
  });

  test('is not waited for in other places once one has failed: their jobs are ended first', async () => {
    site.devices = { main: 'H200' };
    site.waiting.add('queue');
    const places = [place({ partition: 'queue' }), place({ partition: 'none' })];
    await expect(compute().resolve(places, 'auto', 'gpu')).rejects.toThrow('found nothing: There is no GPU here.');
    expect(partitionsAsked()).toEqual(['queue', 'none']);
    expect(site.cancelled).toEqual(['1']);
  });

  test('is not waited for after an interrupt, whose reason is told', async () => {
    site.waiting.add('queue');
    const controller = new AbortController();
    const resolved = compute({ signal: controller.signal }).resolve([place({ partition: 'queue' })], 'auto', 'gpu');
    await vi.waitFor(() => expect(site.requests).toHaveLength(1));
    controller.abort(new Error('enough'));
    await expect(resolved).rejects.toThrow('enough');
    expect(site.cancelled).toEqual(['1']);
  });

  test('has no numbers', async () => {
    await expect(compute().resolve([place()], 'auto', 'gpu:1')).rejects.toThrow(
      '--device gpu:1 names a GPU of one machine',
    );
  });

  test.each([
    ['is forgotten after a run in which every job was refused', [refused, refused], 2],
    ['is forgotten also where another job has begun what computes nothing', [begun(null), refused], 2],
    [
      'stays known after a run in which a job has begun to compute, however it ends',
      [refused, begun('tfjs-webgpu')],
      1,
    ],
    ['stays known after a run in which no job was refused', [], 1],
  ])('%s', async (_, events, asked) => {
    const run = compute();
    await run.resolve([place()], 'auto', 'gpu');
    for (const event of events) run.heard(event);
    run.ended();
    await compute().resolve([place()], 'auto', 'gpu');
    expect(site.requests).toHaveLength(asked);
  });

  test.each([
    ['refused', 'Batch refuses the job that would look (no such partition)'],
    ['busy', 'Batch takes no job now (no such partition)'],
  ] as const)('is not known where a job is %s', async (type, why) => {
    site.answers.push({ type, reason: 'no such partition.' });
    await expect(compute().resolve([place()], 'auto', 'gpu')).rejects.toThrow(
      `Nobody knows what computes on the hosts of Batch: ${why}; see what is wrong with: restage doctor --executor site`,
    );
  });
});

/** A project's runs go to a bucket and come from it over a network that loses, cuts, stalls and lies. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Place } from '../../../../src/remote/places/contract.ts';
import { S3Place } from '../../../../src/remote/places/s3/s3-place.ts';
import { pull, type Pulled } from '../../../../src/remote/pull.ts';
import { push, type Pushed } from '../../../../src/remote/push.ts';
import { Remote } from '../../../../src/remote/remote.ts';
import { listEntries } from '../../../../src/remote/select-entries.ts';
import { Cache } from '../../../../src/store/cache.ts';
import { fsck } from '../../../../src/store/upkeep/fsck.ts';
import type { Ceph, Keys } from '../../../helpers/ceph.ts';
import { drawn, FAULTS, FaultProxy } from '../../../helpers/fault-proxy.ts';
import { makeProject, type Project } from '../../../helpers/project.ts';
import { temporaryDirectory } from '../../../helpers/temporary.ts';
import { environment } from './place-tests.ts';

const SEED = 20_200_207;

export function s3TransferTests(ceph: () => Ceph): void {
  let keys: Keys;
  let proxy: FaultProxy;
  let project: Project;
  beforeAll(async () => {
    keys = await ceph().user('group');
    await ceph().bucket('group', keys);
    proxy = await FaultProxy.start(ceph().endpoint);
    project = makeProject('lab');
    expect((await project.run()).code).toBe(0);
  });
  afterAll(() => proxy.stop());

  const place = (folder: string): Place =>
    new S3Place(`s3://group/${folder}`, environment(proxy.endpoint, keys), { firstPauseMs: 1, stallMs: 500 });

  describe('a run that travels over a bad network', () => {
    test('arrives whole, though two push it at once', async () => {
      proxy.choose = drawn(SEED, 0.35);
      const both = await Promise.all([pushRun(project.cache, place('bad')), pushRun(project.cache, place('bad'))]);
      // Whoever stored the entry says so, whatever was lost on the way.
      expect(both.flat().filter(({ isNew }) => isNew)).toHaveLength(1);
      for (const round of [1, 2, 3]) {
        const clone = join(temporaryDirectory(), `clone-${String(round)}`);
        expect(await pullAll(clone, place('bad'))).toMatchObject([{ outcome: 'added', run: 1 }]);
        expect(fsck(clone, { repair: false }).findings).toEqual([]);
        expect(await outputsIn(clone)).toEqual(await outputsIn(project.cache));
      }
      proxy.choose = () => undefined;
      console.log(`seed ${String(SEED)}, ${String(proxy.requests.length)} requests, of which faulty:`, proxy.counts);
      for (const fault of FAULTS) expect([fault, proxy.counts.get(fault) ?? 0]).not.toEqual([fault, 0]);
    });

    test('lands nowhere if bytes were changed on the way', async () => {
      await pushRun(project.cache, place('liar'));
      const clone = join(temporaryDirectory(), 'clone');
      proxy.choose = ({ url }) => (url.includes('/objects/') ? 'flipped answer' : undefined);
      await expect(pullAll(clone, place('liar'))).rejects.toMatchObject({ failure: 'damaged' });
      await Cache.using(Cache.open(clone), ({ query }) => expect(query.runs.get(1)).toBeUndefined());
      proxy.choose = () => undefined;
      expect(await pullAll(clone, place('liar'))).toMatchObject([{ outcome: 'added' }]);
    });
  });

  test('a push that is killed goes on when it is repeated, and no file has a key', async () => {
    const env = environment(proxy.endpoint, keys);
    const restage = async (words: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await project.restage([...words, '--cache', project.cache], { env });
      expect([words, code, stderr.replace(/^restage: run\S* .*\n/gm, '')]).toEqual([words, 0, '']);
      return stdout;
    };
    await restage(['remote', 'add', 'bucket', 's3://group/killed/']);
    let stored = 0;
    proxy.choose = ({ method, url }) =>
      method === 'PUT' && url.includes('/objects/') && ++stored > 2 ? 'stall' : undefined;
    const killed = await project.start(['push', '--cache', project.cache], { env });
    await killed.until(() => stored > 2);
    killed.kill('SIGKILL');
    await killed.ended;
    proxy.choose = () => undefined;
    await expect(listEntries(await Remote.toRead(place('killed')))).resolves.toMatchObject({ entries: [] });
    const sent = Number(/(\d+) objects? sent/.exec(await restage(['push']))?.[1]);
    expect(sent).toBeGreaterThan(0);
    const [{ objects }] = (await pullAll(join(temporaryDirectory(), 'clone'), place('killed'))) as [Pulled];
    // What was on its way when it was killed may have arrived.
    expect(sent).toBeLessThanOrEqual(objects - 2);
    const settings = readFileSync(join(project.cache, 'remotes.json'), 'utf8');
    expect(settings).toContain('"s3://group/killed"');
    expect(settings).not.toMatch(/group-id|group-secret/);
  });
}

async function pushRun(directory: string, place: Place): Promise<readonly Pushed[]> {
  const remote = await Remote.toWrite(place);
  return Cache.using(Cache.open(directory), (cache) =>
    push(cache, remote, [{ kind: 'run', run: cache.query.runs.get(1)! }]),
  );
}

async function pullAll(directory: string, place: Place): Promise<readonly Pulled[]> {
  const remote = await Remote.toRead(place);
  const { entries } = await listEntries(remote);
  return Cache.using(Cache.open(directory), (cache) => pull(cache, remote, entries));
}

/** By node and name, each held against its digest as it is read. */
async function outputsIn(directory: string): Promise<readonly string[]> {
  return Cache.using(Cache.open(directory), (cache) =>
    cache.query.visits
      .ofRun(1)
      .flatMap(({ node, state }) =>
        cache.query.states
          .outputs(state!.id)
          .map((output) => `${node}.${output.name} ${Buffer.from(cache.read(output)).toString('base64')}`),
      ),
  );
}

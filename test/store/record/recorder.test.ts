import { fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Field } from '../../../src/core/identity/cache-key.ts';
import { cacheKey, planKey } from '../../../src/core/identity/cache-key.ts';
import { type CacheKey, sha256 } from '../../../src/core/identity/digest.ts';
import { Cache } from '../../../src/store/cache.ts';
import type { NewState } from '../../../src/store/record/facts.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

const field = (name: string, value: string): Field => ({ name, digest: sha256(value), preview: value });

function open(directory: string): Cache {
  const cache = Cache.open(directory);
  onTestFinished(() => cache.close());
  return cache;
}

function beginRun(cache: Cache): number {
  return cache.recorder.beginRun({
    pipeline: 'p',
    source: 'pipelines/p/index.ts',
    argv: ['run', 'p'],
    params: {},
    seed: 0,
    backend: 'none',
    jobs: 2,
    git: { commit: 'abc', dirty: true },
    environment: { digest: sha256('{}'), facts: '{}' },
  });
}

const CODE = sha256('code');

function recordCode(cache: Cache): void {
  cache.recorder.recordCode([
    {
      digest: CODE,
      stage: 'test/s',
      module: 's.ts',
      exportName: 's',
      bundle: Buffer.from('export default 1'),
      sources: [{ path: 's.ts', content: Buffer.from('source') }],
    },
  ]);
}

function stateOf(name: string, more: Partial<NewState> = {}): NewState {
  const fields = [field('stage', 'test/s'), field('param.name', name)];
  const value = Buffer.from(JSON.stringify(name));
  return {
    key: cacheKey(fields),
    planKey: planKey(fields),
    stage: 'test/s',
    code: CODE,
    fields,
    inputs: [],
    outputs: [{ name: 'out', kind: 'json', digest: sha256(value), bytes: value.length, inline: value }],
    seconds: 1.5,
    ...more,
  };
}

function make(cache: Cache, run: number, state: NewState): void {
  const { recorder } = cache;
  const task = `${run}.${state.key}`;
  recorder.startAttempt(task, run, 'node', 1, 'worker-1', 1);
  recorder.metric(task, 'loss', 0, 0.5);
  recorder.logLine(task, 2, 'log', 'hello');
  recorder.endAttempt(task, { at: 3, compute: null, cpuSeconds: 1, peakBytes: 5, failure: null });
  recorder.addState(task, state);
}

describe('the recorder', () => {
  test('keeps a state with its fields, outputs, metrics and log, and finds it by both keys', async () => {
    const cache = open(temporaryDirectory());
    recordCode(cache);
    const run = beginRun(cache);
    const state = stateOf('a');
    make(cache, run, state);
    cache.recorder.visit({ run, node: 'node', outcome: 'ran', state: state.key, reason: 'never run', tags: ['t'] });
    cache.recorder.endRun(run, 'ok');
    await cache.recorder.flush();
    const found = cache.states.byKey(state.key)!;
    expect(found).toMatchObject({ key: state.key, seconds: 1.5, objects: 0 });
    expect(cache.states.byPlanKey(state.planKey)).toEqual(found);
    expect(cache.states.fields(found.id)).toEqual([...state.fields].sort((x, y) => (x.name < y.name ? -1 : 1)));
    expect(cache.states.outputs(found.id)).toMatchObject([{ name: 'out', kind: 'json', bytes: 3 }]);
    expect(cache.db.prepare('SELECT value FROM metric').all()).toEqual([{ value: 0.5 }]);
    expect(cache.db.prepare('SELECT text FROM log_line').all()).toEqual([{ text: 'hello' }]);
    expect(cache.db.pragma('foreign_key_check')).toEqual([]);
  });

  test('commits in the order of queueing, also while objects are on their way to disk', async () => {
    const cache = open(temporaryDirectory());
    recordCode(cache);
    const run = beginRun(cache);
    // Every state takes the one before as input: any overtaking would miss its producer's row.
    let before: CacheKey | undefined;
    for (let i = 0; i < 300; i++) {
      const bytes = Buffer.alloc(5000, i);
      const stored = cache.objects.put([bytes]);
      const isBig = i % 3 === 0;
      const small = Buffer.from(`"${i}"`);
      const output = isBig
        ? { name: 'out', kind: 'bytes', digest: stored.digest, bytes: stored.bytes, inline: null }
        : { name: 'out', kind: 'json', digest: sha256(small), bytes: small.length, inline: small };
      const inputs =
        before === undefined
          ? []
          : [{ slot: 'in', index: null, digest: sha256('x'), bytes: 1, from: { state: before, output: 'out' } }];
      const state = stateOf(`s${i}`, { outputs: [output], inputs });
      make(cache, run, state);
      before = state.key;
      if (i % 50 === 0) void cache.recorder.flush();
    }
    await cache.recorder.flush();
    expect(cache.db.prepare('SELECT count(*) AS n FROM state').get()).toEqual({ n: 300 });
    expect(cache.db.prepare('SELECT count(*) AS n FROM state_input WHERE producer IS NULL').get()).toEqual({ n: 0 });
  });

  test('never tells a secret as the preview of an environment variable, whoever had the value first', async () => {
    const cache = open(temporaryDirectory());
    recordCode(cache);
    const run = beginRun(cache);
    const secret = field('param.token', 'hunter2');
    const env = { name: 'env.TOKEN', digest: secret.digest, preview: '(set)' };
    const fields = [field('stage', 'test/s'), secret, env];
    const both = stateOf('both', { fields, key: cacheKey(fields), planKey: planKey(fields) });
    make(cache, run, both);
    await cache.recorder.flush();
    const previews = cache.states.fields(cache.states.byKey(both.key)!.id).map(({ name, preview }) => [name, preview]);
    expect(previews).toEqual([
      ['env.TOKEN', '(set)'],
      ['param.token', 'hunter2'],
      ['stage', 'test/s'],
    ]);
  });

  test('stores each distinct value, name and artifact once', async () => {
    const cache = open(temporaryDirectory());
    recordCode(cache);
    recordCode(cache);
    const run = beginRun(cache);
    for (let i = 0; i < 10; i++) {
      const value = Buffer.from('"same"');
      make(cache, run, {
        ...stateOf(`s${i}`),
        outputs: [{ name: 'out', kind: 'json', digest: sha256(value), bytes: 6, inline: value }],
      });
    }
    await cache.recorder.flush();
    expect(
      cache.db.prepare('SELECT count(*) AS n FROM artifact WHERE content = CAST(\'"same"\' AS BLOB)').get(),
    ).toEqual({ n: 1 });
    expect(cache.db.prepare("SELECT count(*) AS n FROM name WHERE text = 'param.name'").get()).toEqual({ n: 1 });
    expect(cache.db.prepare('SELECT count(*) AS n FROM code').get()).toEqual({ n: 1 });
  });

  test('lets no plan lead to what was made of bytes that a state no longer has', async () => {
    const cache = open(temporaryDirectory());
    recordCode(cache);
    const run = beginRun(cache);
    const above = stateOf('above');
    const below = stateOf('below', {
      inputs: [{ slot: 'in', index: null, digest: sha256('x'), bytes: 1, from: { state: above.key, output: 'out' } }],
    });
    make(cache, run, above);
    make(cache, run, below);
    await cache.recorder.flush();
    make(cache, beginRun(cache), above);
    await cache.recorder.flush();
    expect(cache.states.byPlanKey(below.planKey)).toBeDefined();
    const other = Buffer.from('"other"');
    const outputs = [{ name: 'out', kind: 'json', digest: sha256(other), bytes: other.length, inline: other }];
    make(cache, beginRun(cache), { ...above, outputs });
    await cache.recorder.flush();
    expect(cache.states.byPlanKey(below.planKey)).toBeUndefined();
    expect(cache.states.byPlanKey(above.planKey)).toBeDefined();
    expect(cache.states.byKey(below.key)).toBeDefined();
  });

  test('takes a state that is made again as it comes, and keeps its row', async () => {
    const cache = open(temporaryDirectory());
    recordCode(cache);
    const run = beginRun(cache);
    make(cache, run, stateOf('a'));
    await cache.recorder.flush();
    const other = Buffer.from('"other"');
    make(cache, beginRun(cache), {
      ...stateOf('a'),
      outputs: [{ name: 'out', kind: 'json', digest: sha256(other), bytes: other.length, inline: other }],
    });
    await cache.recorder.flush();
    expect(cache.db.prepare('SELECT count(*) AS n FROM state').get()).toEqual({ n: 1 });
    expect(cache.states.outputs(cache.states.byKey(stateOf('a').key)!.id)[0]!.digest).toBe(sha256(other));
  });

  test('says what broke, to whoever asks next, and records nothing after that', async () => {
    const cache = open(temporaryDirectory());
    const run = beginRun(cache);
    cache.recorder.visit({ run, node: 'n', outcome: 'ran', state: sha256('nowhere') as never, reason: null, tags: [] });
    await expect(cache.recorder.flush()).rejects.toThrow('is not recorded');
    expect(() => cache.recorder.check()).toThrow('is not recorded');
    cache.recorder.endRun(run, 'ok');
    await expect(cache.recorder.flush()).rejects.toThrow('is not recorded');
    expect(cache.db.prepare('SELECT count(*) AS n FROM run_end').get()).toEqual({ n: 0 });
  });
});

describe('two processes on one cache', () => {
  test('lose no transaction: four at once, each state made by exactly one of them', async () => {
    const directory = temporaryDirectory();
    Cache.open(directory).close();
    const children = Array.from({ length: 4 }, () =>
      fork(new URL('fixtures/claim-keys.ts', import.meta.url), [directory, '200'], {
        execArgv: ['--import', 'tsx', '--conditions=@restage/source'],
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      }),
    );
    const results = await Promise.all(
      children.map(async (child) => {
        const [made] = (await once(child, 'message')) as [number];
        await once(child, 'exit');
        return made;
      }),
    );
    expect(results.reduce((sum, n) => sum + n, 0)).toBe(200);
  });

  test('take over the lease of an owner that died, without anybody unlocking', async () => {
    const directory = temporaryDirectory();
    const cache = open(directory);
    const child = fork(new URL('fixtures/claim-keys.ts', import.meta.url), [directory, 'hold'], {
      execArgv: ['--import', 'tsx', '--conditions=@restage/source'],
    });
    await once(child, 'message');
    const key = sha256('held') as string as CacheKey;
    expect(cache.leases.acquire([key])).toEqual([false]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(cache.leases.acquire([key])).toEqual([true]);
  });
});

describe('leases', () => {
  const key = sha256('k') as string as CacheKey;

  test('of two caches opened in one process are of two owners', () => {
    const directory = temporaryDirectory();
    const [one, other] = [open(directory), open(directory)];
    expect(one.leases.acquire([key])).toEqual([true]);
    expect(one.leases.acquire([key])).toEqual([true]);
    expect(other.leases.acquire([key])).toEqual([false]);
    other.leases.release(key);
    expect(other.leases.acquire([key])).toEqual([false]);
    one.leases.release(key);
    expect(other.leases.acquire([key])).toEqual([true]);
  });

  test('of a process that is alive do not expire, those of one that cannot be asked do', () => {
    const directory = temporaryDirectory();
    const owner = open(directory);
    owner.leases.acquire([key]);
    const later = Cache.open(directory, () => Date.now() + 3_600_000);
    onTestFinished(() => later.close());
    expect(later.leases.acquire([key])).toEqual([false]);
    owner.db.prepare("UPDATE lease SET owner = 'another-host/boot/1/1/1'").run();
    expect(open(directory).leases.acquire([key])).toEqual([false]);
    expect(later.leases.acquire([key])).toEqual([true]);
  });
});

describe('a cache directory', () => {
  test('of a newer restage is refused with one sentence, and left alone', () => {
    const directory = temporaryDirectory();
    const cache = Cache.open(directory);
    cache.db.pragma('user_version = 99');
    cache.close();
    expect(() => Cache.open(directory)).toThrow(
      /^The cache .*state\.db has schema 99, and this restage knows up to \d+; update restage, or use another cache with --cache DIR\.$/,
    );
  });

  test('with a database of another program is refused', () => {
    const directory = temporaryDirectory();
    const cache = Cache.open(directory);
    cache.db.pragma('application_id = 1');
    cache.close();
    expect(() => Cache.open(directory)).toThrow(/is no cache of restage; use another directory with --cache DIR\.$/);
  });

  test('with a file that is no database is refused, and the file left alone', () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'state.db'), 'x'.repeat(5000));
    expect(() => Cache.open(directory)).toThrow(/is damaged; move it and its -wal and -shm files away together/);
    expect(statSync(join(directory, 'state.db')).size).toBe(5000);
  });

  test('that is a file is refused', () => {
    const path = join(temporaryDirectory(), 'file');
    writeFileSync(path, '');
    expect(() => Cache.open(path)).toThrow(/is not a directory; remove the file, or use --cache DIR\./);
  });

  test('below a file is refused', () => {
    const path = join(temporaryDirectory(), 'file');
    writeFileSync(path, '');
    expect(() => Cache.open(join(path, 'cache'))).toThrow(/is not a directory; remove the file, or use --cache DIR\./);
  });
});

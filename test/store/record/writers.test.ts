import { existsSync, rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Field } from '../../../src/core/identity/cache-key.ts';
import { cacheKey, planKey } from '../../../src/core/identity/cache-key.ts';
import { type CacheKey, sha256 } from '../../../src/core/identity/digest.ts';
import type { Cache } from '../../../src/store/cache.ts';
import type { NewState } from '../../../src/store/record/facts.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { databaseOf, openCache } from '../open-cache.ts';

const field = (name: string, value: string): Field => ({ name, digest: sha256(value), preview: value });

function beginRun(cache: Cache, startedAt = 1): number {
  return cache.record.runs.begin({
    pipeline: 'p',
    source: 'pipelines/p/index.ts',
    argv: ['run', 'p'],
    params: {},
    seed: 0,
    backend: 'none',
    jobs: 2,
    git: { commit: 'abc', dirty: true },
    environment: { digest: sha256('{}'), facts: '{}' },
    startedAt,
    results: [{ name: 'best', node: 'score', output: 'ams' }],
  });
}

const CODE = sha256('code');

function recordCode(cache: Cache): void {
  cache.record.code.add([
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
    accesses: [],
    seconds: 1.5,
    ...more,
  };
}

function make(cache: Cache, run: number, state: NewState): void {
  const { record } = cache;
  const task = `${run}.${state.key}`;
  record.attempts.start({ task, run, node: 'node', number: 1, worker: 'worker-1', at: 1 });
  record.attempts.metric(task, 'loss', 0, 0.5);
  record.attempts.logLine(task, 2, 'log', 'hello');
  record.attempts.end(task, { at: 3, compute: null, cpuSeconds: 1, peakBytes: 5, failure: null });
  record.states.add(task, state);
}

describe('the writers', () => {
  test('keep the value of a field once, whoever wrote it, and apart from the same digest with another preview', async () => {
    const directory = temporaryDirectory();
    const secret: Field = { name: 'env.TOKEN', digest: sha256('a'), preview: '(set)' };
    for (const name of ['a', 'b']) {
      const cache = openCache(directory);
      recordCode(cache);
      const plain = stateOf('a');
      const fields = [...plain.fields, field('param.of', name), secret];
      make(cache, beginRun(cache), { ...plain, fields, key: cacheKey(fields), planKey: planKey(fields) });
      await cache.record.flush();
      const found = cache.query.states.byKey(cacheKey(fields))!;
      expect(cache.query.states.fields(found.id)).toEqual(
        expect.arrayContaining([secret, field('param.name', 'a'), field('param.of', name)]),
      );
      expect(cache.query.states.previews(sha256('a')).toSorted()).toEqual(['(set)', 'a']);
    }
    const db = databaseOf({ directory });
    const values = db.prepare<[], string>('SELECT preview FROM field_value ORDER BY preview').pluck().all();
    expect(values).toEqual(['(set)', 'a', 'b', 'test/s']);
  });

  test('keep a state with its fields, outputs, metrics and log, and it is found by both keys', async () => {
    const cache = openCache(temporaryDirectory());
    recordCode(cache);
    const run = beginRun(cache);
    const state = stateOf('a');
    make(cache, run, state);
    cache.record.visits.add({ run, node: 'node', outcome: 'ran', state: state.key, reason: 'never run', tags: ['t'] });
    cache.record.runs.end(run, 'ok');
    await cache.record.flush();
    const found = cache.query.states.byKey(state.key)!;
    expect(found).toMatchObject({ key: state.key, seconds: 1.5, objects: 0 });
    expect(cache.query.states.byPlanKey(state.planKey)).toEqual(found);
    expect(cache.query.states.fields(found.id)).toEqual([...state.fields].sort((x, y) => (x.name < y.name ? -1 : 1)));
    expect(cache.query.states.outputs(found.id)).toMatchObject([{ name: 'out', kind: 'json', bytes: 3 }]);
    expect(databaseOf(cache).prepare('SELECT value FROM metric').all()).toEqual([{ value: 0.5 }]);
    expect(databaseOf(cache).prepare('SELECT text FROM log_line').all()).toEqual([{ text: 'hello' }]);
    expect(databaseOf(cache).pragma('foreign_key_check')).toEqual([]);
  });

  test('keep the time at which a run began, what it did around its nodes, and what its results are', async () => {
    const cache = openCache(temporaryDirectory(), () => 9000);
    const run = beginRun(cache, 1000.4);
    cache.record.runs.phase(run, { name: 'planning', startedAt: 2500, endedAt: 2600 });
    cache.record.runs.phase(run, { name: 'bundling', startedAt: 1000.6, endedAt: 2500.2 });
    cache.record.runs.end(run, 'ok');
    await cache.record.flush();
    expect(cache.query.runs.get(run)).toMatchObject({ startedAt: 1000, endedAt: 9000 });
    expect(cache.query.runs.phases(run)).toEqual([
      { name: 'bundling', startedAt: 1001, endedAt: 2500 },
      { name: 'planning', startedAt: 2500, endedAt: 2600 },
    ]);
    expect(cache.query.runs.phases(beginRun(cache))).toEqual([]);
    expect(cache.query.runs.results(run)).toEqual([{ name: 'best', node: 'score', output: 'ams' }]);
  });

  test('commit in the order of queueing, also while objects are on their way to disk', async () => {
    const cache = openCache(temporaryDirectory());
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
      if (i % 50 === 0) void cache.record.flush();
    }
    await cache.record.flush();
    expect(databaseOf(cache).prepare('SELECT count(*) AS n FROM state').get()).toEqual({ n: 300 });
    expect(databaseOf(cache).prepare('SELECT count(*) AS n FROM state_input WHERE producer IS NULL').get()).toEqual({
      n: 0,
    });
  });

  test('never tell a secret as the preview of an environment variable, whoever had the value first', async () => {
    const cache = openCache(temporaryDirectory());
    recordCode(cache);
    const run = beginRun(cache);
    const secret = field('param.token', 'hunter2');
    const env = { name: 'env.TOKEN', digest: secret.digest, preview: '(set)' };
    const fields = [field('stage', 'test/s'), secret, env];
    const both = stateOf('both', { fields, key: cacheKey(fields), planKey: planKey(fields) });
    make(cache, run, both);
    await cache.record.flush();
    const previews = cache.query.states
      .fields(cache.query.states.byKey(both.key)!.id)
      .map(({ name, preview }) => [name, preview]);
    expect(previews).toEqual([
      ['env.TOKEN', '(set)'],
      ['param.token', 'hunter2'],
      ['stage', 'test/s'],
    ]);
  });

  test('store each distinct value, name and artifact once', async () => {
    const cache = openCache(temporaryDirectory());
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
    await cache.record.flush();
    expect(
      databaseOf(cache).prepare('SELECT count(*) AS n FROM artifact WHERE content = CAST(\'"same"\' AS BLOB)').get(),
    ).toEqual({ n: 1 });
    expect(databaseOf(cache).prepare("SELECT count(*) AS n FROM name WHERE text = 'param.name'").get()).toEqual({
      n: 1,
    });
    expect(databaseOf(cache).prepare('SELECT count(*) AS n FROM code').get()).toEqual({ n: 1 });
  });

  test('keep the sources that known code was made of, and none of an edit that did not change it', () => {
    const cache = openCache(temporaryDirectory());
    const large = (comment: string): Buffer => Buffer.from(`// ${comment}\n${'x'.repeat(5000)}`);
    const add = (content: Buffer): void =>
      cache.record.code.add([
        {
          digest: CODE,
          stage: 'test/s',
          module: 's.ts',
          exportName: 's',
          bundle: Buffer.from('export default 1'),
          sources: [{ path: 's.ts', content }],
        },
      ]);
    add(large('first'));
    const first = cache.objects.path(sha256(large('first')));
    rmSync(first);
    add(large('second'));
    expect(existsSync(cache.objects.path(sha256(large('second'))))).toBe(false);
    // What was lost of the sources on record is stored again.
    add(large('first'));
    expect(existsSync(first)).toBe(true);
  });

  test('let no plan lead to what was made of bytes that a state no longer has', async () => {
    const cache = openCache(temporaryDirectory());
    recordCode(cache);
    const run = beginRun(cache);
    const above = stateOf('above');
    const below = stateOf('below', {
      inputs: [{ slot: 'in', index: null, digest: sha256('x'), bytes: 1, from: { state: above.key, output: 'out' } }],
    });
    make(cache, run, above);
    make(cache, run, below);
    await cache.record.flush();
    make(cache, beginRun(cache), above);
    await cache.record.flush();
    expect(cache.query.states.byPlanKey(below.planKey)).toBeDefined();
    const other = Buffer.from('"other"');
    const outputs = [{ name: 'out', kind: 'json', digest: sha256(other), bytes: other.length, inline: other }];
    make(cache, beginRun(cache), { ...above, outputs });
    await cache.record.flush();
    expect(cache.query.states.byPlanKey(below.planKey)).toBeUndefined();
    expect(cache.query.states.byPlanKey(above.planKey)).toBeDefined();
    expect(cache.query.states.byKey(below.key)).toBeDefined();
  });

  test('take the outputs of a state that is made again, and keep its row', async () => {
    const cache = openCache(temporaryDirectory());
    recordCode(cache);
    const run = beginRun(cache);
    make(cache, run, stateOf('a'));
    await cache.record.flush();
    const other = Buffer.from('"other"');
    make(cache, beginRun(cache), {
      ...stateOf('a'),
      outputs: [{ name: 'out', kind: 'json', digest: sha256(other), bytes: other.length, inline: other }],
    });
    await cache.record.flush();
    expect(databaseOf(cache).prepare('SELECT count(*) AS n FROM state').get()).toEqual({ n: 1 });
    expect(cache.query.states.outputs(cache.query.states.byKey(stateOf('a').key)!.id)[0]!.digest).toBe(sha256(other));
  });

  test('say what broke, to whoever asks next, and record nothing after that', async () => {
    const cache = openCache(temporaryDirectory());
    const run = beginRun(cache);
    cache.record.visits.add({
      run,
      node: 'n',
      outcome: 'ran',
      state: sha256('nowhere') as never,
      reason: null,
      tags: [],
    });
    await expect(cache.record.flush()).rejects.toThrow('is not recorded');
    expect(() => cache.record.check()).toThrow('is not recorded');
    cache.record.runs.end(run, 'ok');
    await expect(cache.record.flush()).rejects.toThrow('is not recorded');
    expect(databaseOf(cache).prepare('SELECT count(*) AS n FROM run_end').get()).toEqual({ n: 0 });
  });
});

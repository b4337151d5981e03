import { describe, expect, onTestFinished, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import type { Readers } from '../../../src/store/query/readers.ts';
import { type Filled, fillCache, STARTED_AT } from '../../cli/filled-cache.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { databaseOf } from '../open-cache.ts';

async function filled(): Promise<Filled & { readonly query: Readers }> {
  const filled = await fillCache(temporaryDirectory());
  onTestFinished(() => filled.cache.close());
  return { ...filled, query: filled.cache.query };
}

describe('the history of runs', () => {
  test('lists runs newest first, with their argv, commit and outcome', async () => {
    const { query } = await filled();
    const runs = query.runs.list({ limit: 3 });
    expect(runs.map(({ id, outcome }) => [id, outcome])).toEqual([
      [4, 'running'],
      [3, 'failed'],
      [2, 'ok'],
    ]);
    expect(runs[1]).toMatchObject({
      pipeline: 'toy',
      source: 'toy.ts',
      argv: ['restage', 'run', 'toy', '-S', 'bad=1'],
      params: { rows: 600 },
      commit: 'ab'.repeat(20),
      dirty: true,
      startedAt: STARTED_AT,
      endedAt: STARTED_AT,
    });
    expect(query.runs.environment(3)).toEqual({ host: 'here' });
    expect(query.runs.get(99)).toBeUndefined();
  });

  test('says of a run without an end that it died if its process is gone', async () => {
    const { query, cache } = await filled();
    databaseOf(cache).prepare("UPDATE run SET owner = 'elsewhere' WHERE id = 4").run();
    expect(query.runs.get(4)!.outcome).toBe('running');
    const [host] = /^process:\/\/[^/]+/.exec(cache.leases.owner)!;
    databaseOf(cache).prepare('UPDATE run SET owner = ? WHERE id = 4').run(`${host}/another-boot/1/1`);
    expect(query.runs.get(4)!.outcome).toBe('died');
    // Caches of schema 1 have owners without their kind.
    const unkinded = `${host.slice('process://'.length)}/another-boot/1/1`;
    databaseOf(cache).prepare('UPDATE run SET owner = ? WHERE id = 4').run(unkinded);
    expect(query.runs.get(4)!.outcome).toBe('died');
  });

  test('finds the run that an owner is making, such as the holder of a lease', async () => {
    const { query, cache, score } = await filled();
    expect(cache.leases.holder(score.key)).toBeUndefined();
    cache.leases.acquire([score.key]);
    expect(query.runs.ofOwner(cache.leases.holder(score.key)!)).toBe(4);
    expect(query.runs.ofOwner('process://elsewhere/boot/1/1')).toBeUndefined();
  });

  test('finds the latest run of a pipeline, and none of one that never ran', async () => {
    const { query } = await filled();
    expect(query.runs.latest({ name: 'toy', source: 'toy.ts' })!.id).toBe(4);
    expect(query.runs.latest({ name: 'other', source: 'toy.ts' })).toBeUndefined();
  });

  test('counts the visits of a run, as a whole and by the name before the instance key', async () => {
    const { query } = await filled();
    expect(query.visits.counts(1)).toEqual({ hit: 0, 'cut-off': 0, ran: 4, failed: 0, skipped: 0 });
    expect(query.visits.counts(4)).toEqual({ hit: 0, 'cut-off': 0, ran: 0, failed: 0, skipped: 0 });
    expect(query.visits.groups(1).map(({ name, counts }) => [name, counts.ran])).toEqual([
      ['data', 1],
      ['fit', 2],
      ['score', 1],
    ]);
  });

  test('tells the failures of a run by the last attempt of each node', async () => {
    const { query } = await filled();
    expect(query.attempts.failed(3)).toMatchObject([
      {
        node: 'fit@fold=0',
        number: 2,
        failure: { class: 'crash', message: 'Attempt 2 went wrong.', signal: 'SIGSEGV' },
      },
    ]);
    expect(query.attempts.failed(1)).toEqual([]);
  });
});

describe('the history of a node', () => {
  test('gives its latest visit with the reason, and its latest state', async () => {
    const { query, folds } = await filled();
    expect(query.visits.latest('fit@fold=0')).toEqual({
      run: 3,
      node: 'fit@fold=0',
      outcome: 'failed',
      reason: 'param.bad 0 -> 1',
      state: null,
    });
    expect(query.visits.latest('fit@fold=0', { having: 'state' })).toMatchObject({
      run: 2,
      outcome: 'hit',
      state: { key: folds[0]!.key },
    });
    expect(query.visits.latest('fit@fold=0', { run: 1 })).toMatchObject({ run: 1, outcome: 'ran' });
  });

  test('does not find a node of another name or of another pipeline', async () => {
    const { query } = await filled();
    expect(query.visits.latest('nobody')).toBeUndefined();
    expect(query.visits.latest('toy')).toBeUndefined();
    expect(query.visits.latest('data', { pipeline: { name: 'toy', source: 'toy.ts' } })!.run).toBe(3);
    expect(query.visits.latest('data', { pipeline: { name: 'toy', source: 'other.ts' } })).toBeUndefined();
  });

  test('gives its latest attempt with usage, log and metrics, in one run or in any', async () => {
    const { query } = await filled();
    expect(query.attempts.latest('fit@fold=0')).toMatchObject({ run: 3, number: 2, worker: 'worker-2' });
    const attempt = query.attempts.latest('fit@fold=0', { run: 1 })!;
    expect(attempt).toMatchObject({
      number: 1,
      compute: 'portable 1 cpu',
      cpuSeconds: 1.25,
      peakBytes: 3 << 20,
      startedAt: STARTED_AT,
      endedAt: STARTED_AT + 1500,
      failure: null,
    });
    expect(query.attempts.log(attempt.id)).toEqual([
      { at: STARTED_AT + 500, stream: 'log', text: 'working on fit@fold=0' },
    ]);
    expect(query.attempts.metrics(attempt.id)).toEqual([
      { name: 'loss', step: 0, value: 0.5 },
      { name: 'loss', step: 1, value: 0.25 },
      { name: 'gap', step: null, value: Number.NaN },
      { name: 'gap', step: null, value: Number.NEGATIVE_INFINITY },
    ]);
    expect(query.attempts.latest('fit@fold=0', { run: 2 })).toBeUndefined();
  });
});

describe('states and artifacts', () => {
  test('are found by the first digits of their digest', async () => {
    const { query, score } = await filled();
    expect(query.prefixes.states(score.key.slice(0, 9))).toMatchObject([{ key: score.key }]);
    expect(query.prefixes.states(score.key)).toHaveLength(1);
    expect(query.prefixes.states('')).toHaveLength(4);
    const { digest } = score.outputs[0]!;
    expect(query.prefixes.artifacts(digest.slice(0, 7))).toMatchObject([{ digest, place: 'inline' }]);
    expect(query.states.recent('toy/fit', 1)).toHaveLength(1);
    expect(query.states.recent('toy/none', 1)).toEqual([]);
  });

  test('tell their stage, code and attempt', async () => {
    const { query, cache, score } = await filled();
    const state = query.states.get(cache.query.states.byKey(score.key)!.id)!;
    expect(state).toMatchObject({
      key: score.key,
      stage: 'toy/score',
      seconds: 1.5,
      code: { digest: sha256('toy/score'), module: 'toy.ts', exportName: 'score' },
    });
    expect(query.attempts.get(state.attempt)).toMatchObject({ node: 'score', run: 1 });
  });

  test('tell where their inputs came from, in the order of slots and positions', async () => {
    const { query, cache, score, folds } = await filled();
    const inputs = query.lineage.inputs(cache.query.states.byKey(score.key)!.id);
    expect(inputs.map(({ slot, index, from }) => [slot, index, from])).toEqual([
      ['labels', null, { path: '/data/labels.csv' }],
      ['slopes', 0, { state: folds[0]!.key, stage: 'toy/fit', node: 'fit@fold=0', output: 'slope' }],
      ['slopes', 1, { state: folds[1]!.key, stage: 'toy/fit', node: 'fit@fold=1', output: 'slope' }],
    ]);
  });

  test('tell who took them and who made them', async () => {
    const { query, cache, data, folds } = await filled();
    const takers = query.lineage.consumers(cache.query.states.byKey(data.key)!.id, 10);
    expect(takers.map(({ node, slot }) => [node, slot])).toEqual([
      ['fit@fold=0', 'data'],
      ['fit@fold=1', 'data'],
    ]);
    const model = folds[0]!.outputs.find(({ name }) => name === 'model')!;
    expect(query.lineage.producers(model.digest, 10).map(({ node, slot, kind }) => [node, slot, kind])).toEqual([
      ['fit@fold=0', 'model', 'weights'],
      ['fit@fold=1', 'model', 'weights'],
    ]);
  });
});

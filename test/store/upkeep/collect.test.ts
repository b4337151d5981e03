/**
 * Which bytes `gc` would evict of a record that is written here row by row: what a project cannot be brought to easily.
 */
import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cacheKey, planKey } from '../../../src/core/identity/cache-key.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';
import type { Cache } from '../../../src/store/cache.ts';
import type { NewState } from '../../../src/store/record/facts.ts';
import { collect } from '../../../src/store/upkeep/gc/collect.ts';
import { from, STARTED_AT } from '../../cli/filled-cache.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { openCache } from '../open-cache.ts';

const CODE = sha256('code');

function emptyCache(): Cache {
  const cache = openCache(temporaryDirectory());
  const stage = { digest: CODE, stage: 's', module: 's.ts', exportName: 's', bundle: Buffer.from('1'), sources: [] };
  cache.record.code.add([stage]);
  return cache;
}

function begin({ record }: Cache, startedAt: number): number {
  return record.runs.begin({
    ...{ pipeline: 'p', source: 'p.ts', argv: [], params: {}, seed: 0, backend: 'none', jobs: 1, git: null, startedAt },
    ...{ environment: { digest: sha256('{}'), facts: '{}' }, results: [] },
  });
}

/** The run makes a state of these, in a node of this name, with an output in the object store. */
function make(
  { record, objects }: Cache,
  run: number,
  node: string,
  above: readonly NewState[] = [],
  accesses?: NewState['accesses'],
): NewState {
  const fields = [{ name: 'param.node', digest: sha256(node), preview: node }];
  const inputs = above.map((state, index) => from('x', index, state, 'x'));
  const outputs = [{ name: 'x', kind: 'bytes', ...objects.put([Buffer.alloc(5000, `${node} `)]), inline: null }];
  const key = cacheKey(fields);
  const state = {
    key,
    planKey: planKey(fields),
    stage: 's',
    code: CODE,
    fields,
    inputs,
    outputs,
    seconds: 1,
    accesses,
  };
  record.attempts.start({ task: node, run, node, number: 1, worker: 'w', at: STARTED_AT });
  record.attempts.end(node, { at: STARTED_AT, compute: null, cpuSeconds: null, peakBytes: null, failure: null });
  record.states.add(node, state);
  record.visits.add({ run, node, outcome: 'ran', state: key, reason: null });
  return state;
}

function listed({ directory }: Cache, keepRuns = 0) {
  const { evicted, kept } = collect(directory, { keepRuns, maxBytes: null, dryRun: true });
  return {
    nodes: evicted.map(({ node }) => node).sort(),
    kept: Object.fromEntries(kept.map(({ because, files }) => [because, files])),
  };
}

const CLOCK: NewState['accesses'] = [
  { kind: 'clock', detail: 'Date.now', call: 'Date.now', place: null, declared: true, count: 1 },
];

describe('a state keeps its bytes', () => {
  test('once those are gone that it was made of and that nobody can make again, however far above', async () => {
    const cache = emptyCache();
    const run = begin(cache, STARTED_AT);
    const hour = make(cache, run, 'hour', [], CLOCK);
    const table = make(cache, run, 'table', [hour]);
    const fit = make(cache, run, 'fit', [table]);
    make(cache, run, 'score', [fit]);
    cache.record.runs.end(run, 'ok');
    await cache.record.flush();
    expect(listed(cache)).toEqual({ nodes: ['fit', 'score', 'table'], kept: { unproven: 1 } });
    const lose = (state: NewState): void => rmSync(cache.objects.path(state.outputs[0]!.digest));
    lose(hour);
    expect(listed(cache)).toEqual({ nodes: ['fit', 'score'], kept: { irreplaceable: 1 } });
    lose(table);
    expect(listed(cache)).toEqual({ nodes: ['score'], kept: { irreplaceable: 1 } });
    lose(fit);
    expect(listed(cache)).toEqual({ nodes: [], kept: { irreplaceable: 1 } });
  });

  test('if one of the runs has it that began last, though an older run came from elsewhere later', async () => {
    const cache = emptyCache();
    const latest = begin(cache, STARTED_AT + 1000);
    make(cache, latest, 'latest');
    const older = begin(cache, STARTED_AT);
    make(cache, older, 'older');
    for (const run of [latest, older]) cache.record.runs.end(run, 'ok');
    await cache.record.flush();
    expect(listed(cache, 1)).toEqual({ nodes: ['older'], kept: { recent: 1 } });
    const pipeline = { name: 'p', source: 'p.ts' };
    const { runs, visits } = cache.query;
    expect(runs.latestIds(2, [pipeline])).toEqual([latest, older]);
    expect([runs.before(latest, pipeline)?.id, runs.before(older, pipeline)]).toEqual([older, undefined]);
    expect(visits.latest('older', { before: latest })?.run).toBe(older);
    expect(visits.latest('latest', { before: older })).toBeUndefined();
    // A run that is removed is none of the last ones, and keeps nothing.
    expect(cache.record.removals.remove([latest])).toBeUndefined();
    expect(listed(cache, 1)).toEqual({ nodes: ['latest'], kept: { recent: 1 } });
  });
});

import { expect, test } from 'vitest';
import type { Access } from '../../../src/core/authoring/access.ts';
import { cacheKey, type Field, planKey } from '../../../src/core/identity/cache-key.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';
import type { Cache } from '../../../src/store/cache.ts';
import type { NewState } from '../../../src/store/record/facts.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { openCache } from '../open-cache.ts';

const CODE = sha256('code');
const READ: Access = {
  kind: 'file',
  detail: 'calibration.json',
  call: 'readFileSync',
  place: 'a.ts:1:2',
  declared: false,
  count: 3,
};
const CLOCK: Access = { kind: 'clock', detail: 'Date.now', call: 'Date.now', place: null, declared: true, count: 1 };

function open(): Cache {
  const cache = openCache(temporaryDirectory());
  const code = { digest: CODE, stage: 's', module: 's.ts', exportName: 's', bundle: Buffer.from(''), sources: [] };
  cache.record.code.add([code]);
  cache.record.runs.begin({
    pipeline: 'p',
    source: 'p.ts',
    argv: [],
    params: {},
    seed: 0,
    backend: 'none',
    jobs: 1,
    git: null,
    environment: { digest: sha256('{}'), facts: '{}' },
    startedAt: 0,
    results: [],
  });
  return cache;
}

/** Makes the state of this name, in an attempt that reached these; returns its id. */
async function make(cache: Cache, name: string, accesses: NewState['accesses'], number = 1): Promise<number> {
  const fields: readonly Field[] = [{ name: 'stage', digest: sha256(name), preview: name }];
  const task = `${name}.${number}`;
  const key = cacheKey(fields);
  cache.record.attempts.start({ task, run: 1, node: name, number, worker: 'w', at: 0 });
  cache.record.attempts.end(task, { at: 1, compute: null, cpuSeconds: null, peakBytes: null, failure: null });
  cache.record.states.add(task, {
    key,
    planKey: planKey(fields),
    stage: 's',
    code: CODE,
    fields,
    inputs: [],
    outputs: [],
    accesses,
    seconds: 1,
  });
  await cache.record.flush();
  return cache.query.states.byKey(key)!.id;
}

test('a state has what its attempt reached, or says that nobody observed it', async () => {
  const cache = open();
  const reading = await make(cache, 'reading', [READ, CLOCK]);
  const clean = await make(cache, 'clean', []);
  const timed = await make(cache, 'timed', [CLOCK]);
  const unobserved = await make(cache, 'unobserved', undefined);
  expect(cache.query.accesses.of(reading)).toEqual({ observed: true, accesses: [CLOCK, READ] });
  expect(cache.query.accesses.of(clean)).toEqual({ observed: true, accesses: [] });
  expect(cache.query.accesses.of(unobserved)).toEqual({ observed: false, accesses: [] });
  expect(cache.query.accesses.undeclared([reading, clean, timed, unobserved])).toEqual([reading, unobserved]);
  expect(cache.query.accesses.undeclared([])).toEqual([]);
});

test('a state that is made again has what the latest attempt reached', async () => {
  const cache = open();
  const state = await make(cache, 'a', [READ]);
  expect(await make(cache, 'a', [CLOCK], 2)).toBe(state);
  expect(cache.query.accesses.of(state)).toEqual({ observed: true, accesses: [CLOCK] });
});

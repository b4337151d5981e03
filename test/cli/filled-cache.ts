/**
 * A cache with a small history, filled through the recorder as a run would: run 1 makes everything, run 2 hits it, run
 * 3 fails at one node, and run 4 has no end.
 */
import { cacheKey, type Field, planKey } from '../../src/core/identity/cache-key.ts';
import { table } from '../../src/core/artifact/codecs/table.ts';
import { weights } from '../../src/core/artifact/codecs/weights.ts';
import { sha256 } from '../../src/core/identity/digest.ts';
import { tableOf, tensor } from '../../src/core/artifact/tensors.ts';
import { Cache } from '../../src/store/cache.ts';
import type { NewState, StateInput } from '../../src/store/record/facts.ts';

export interface Filled {
  readonly cache: Cache;
  readonly data: NewState;
  readonly folds: readonly NewState[];
  readonly score: NewState;
}

export const STARTED_AT = 1_700_000_000_000;

/** Large enough for the object store. */
const TABLE = table().encode(
  tableOf({ x: Float64Array.from({ length: 600 }, (_, i) => i), y: new Float64Array(600) }),
  'data',
);
const WEIGHTS = weights().encode({ w: tensor([2, 3], new Float32Array(6)) }, 'model');

export const STAGES = ['toy/data', 'toy/fit', 'toy/score'].map((stage) => ({
  digest: sha256(stage),
  stage,
  module: 'toy.ts',
  exportName: stage.slice(4),
  bundle: Buffer.from(`export default ${JSON.stringify('x'.repeat(5000))}`),
  sources: [{ path: 'toy.ts', content: Buffer.from('source') }],
}));

export async function fillCache(directory: string): Promise<Filled> {
  const cache = Cache.open(directory, () => STARTED_AT);
  const { record, objects } = cache;
  record.code.add(STAGES);
  const stored = objects.put(TABLE);
  const data = newState('toy/data', { rows: 600 }, [], [{ name: 'data', kind: 'table', ...stored, inline: null }]);
  const folds = [0, 1].map((fold) =>
    newState(
      'toy/fit',
      { fold },
      [from('data', null, data, 'data')],
      [inline('model', 'weights', Buffer.concat(WEIGHTS)), inline('slope', 'json', Buffer.from(String(2 + fold)))],
    ),
  );
  const score = newState(
    'toy/score',
    {},
    [
      ...folds.map((fold, index) => from('slopes', index, fold, 'slope')),
      { slot: 'labels', index: null, digest: sha256('labels'), bytes: 6, from: { path: '/data/labels.csv' } },
    ],
    [inline('metrics', 'json', Buffer.from('{"ams":{"error":0.1,"value":3.5}}'))],
  );
  const everything = [
    ['data', data],
    ['fit@fold=0', folds[0]!],
    ['fit@fold=1', folds[1]!],
    ['score', score],
  ] as const;
  const first = begin(cache, ['restage', 'run', 'toy']);
  for (const [node, state] of everything) ran(cache, first, node, state);
  record.runs.end(first, 'ok');
  const second = begin(cache, ['restage', 'run', 'toy']);
  for (const [node, state] of everything)
    record.visits.add({
      run: second,
      node,
      outcome: 'hit',
      state: state.key,
      reason: null,
      tags: node === 'score' ? ['published'] : [],
    });
  record.runs.end(second, 'ok');
  const third = begin(cache, ['restage', 'run', 'toy', '-S', 'bad=1']);
  record.visits.add({ run: third, node: 'data', outcome: 'hit', state: data.key, reason: null });
  failed(cache, third, 'fit@fold=0');
  record.visits.add({ run: third, node: 'score', outcome: 'skipped', state: null, reason: 'fit@fold=0 failed' });
  record.visits.add({ run: third, node: 'never', outcome: 'skipped', state: null, reason: 'fit@fold=0 failed' });
  record.runs.end(third, 'failed');
  begin(cache, ['restage', 'run', 'toy']);
  await record.flush();
  return { cache, data, folds, score };
}

export function newState(
  stage: string,
  params: Readonly<Record<string, unknown>>,
  inputs: readonly StateInput[],
  outputs: NewState['outputs'],
): NewState {
  const fields: readonly Field[] = [
    field('stage', stage),
    ...Object.entries(params).map(([name, value]) => field(`param.${name}`, JSON.stringify(value))),
    ...inputs.map(({ slot, index, digest }) => ({
      name: index === null ? `in.${slot}` : `in.${slot}.${index}`,
      digest,
      preview: digest.slice(0, 8),
    })),
  ];
  const key = cacheKey(fields);
  const accesses = [
    { kind: 'file' as const, detail: 'cut.json', call: 'readFileSync', place: 'toy.ts:5:3', declared: false, count: 2 },
    { kind: 'clock' as const, detail: 'Date.now', call: 'Date.now', place: null, declared: true, count: 1 },
  ];
  const code = sha256(stage);
  return { key, planKey: planKey(fields), stage, code, fields, inputs, outputs, accesses, seconds: 1.5 };
}

function field(name: string, preview: string): Field {
  return { name, digest: sha256(preview), preview };
}

export function from(slot: string, index: number | null, state: NewState, output: string): StateInput {
  const { digest, bytes } = state.outputs.find(({ name }) => name === output)!;
  return { slot, index, digest, bytes, from: { state: state.key, output } };
}

export function inline(name: string, kind: string, bytes: Buffer): NewState['outputs'][number] {
  return { name, kind, digest: sha256(bytes), bytes: bytes.byteLength, inline: bytes };
}

export function begin(cache: Cache, argv: readonly string[]): number {
  return cache.record.runs.begin({
    pipeline: 'toy',
    source: 'toy.ts',
    argv,
    params: { rows: 600 },
    seed: 0,
    backend: 'none',
    jobs: 2,
    git: { commit: 'ab'.repeat(20), dirty: true },
    environment: { digest: sha256('facts'), facts: '{"host":"here"}' },
    startedAt: STARTED_AT,
    results: [],
  });
}

export function ran({ record }: Cache, run: number, node: string, state: NewState): void {
  const task = `${run}/${node}`;
  record.attempts.start({ task, run, node, number: 1, worker: 'worker-1', at: STARTED_AT });
  record.attempts.logLine(task, STARTED_AT + 500, 'log', `working on ${node}`);
  record.attempts.metric(task, 'loss', 0, 0.5);
  record.attempts.metric(task, 'loss', 1, 0.25);
  for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) record.attempts.metric(task, 'gap', null, value);
  const end = { at: STARTED_AT + 1500, compute: 'portable 1 cpu', cpuSeconds: 1.25, peakBytes: 3 << 20, failure: null };
  record.attempts.end(task, end);
  record.states.add(task, state);
  record.visits.add({ run, node, outcome: 'ran', state: state.key, reason: 'never run' });
}

function failed({ record }: Cache, run: number, node: string): void {
  for (const attempt of [1, 2]) {
    const task = `${run}/${node}/${attempt}`;
    record.attempts.start({ task, run, node, number: attempt, worker: 'worker-2', at: STARTED_AT });
    record.attempts.logLine(task, STARTED_AT, 'stderr', 'oh no');
    record.attempts.end(task, {
      at: STARTED_AT + 100,
      compute: null,
      cpuSeconds: null,
      peakBytes: null,
      failure: {
        class: attempt === 1 ? 'oom' : 'crash',
        message: `Attempt ${attempt} went wrong.`,
        stack: null,
        exitCode: null,
        signal: 'SIGSEGV',
      },
    });
  }
  record.visits.add({ run, node, outcome: 'failed', state: null, reason: 'param.bad 0 -> 1' });
}

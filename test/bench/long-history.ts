/**
 * A cache as years of work leave it: 1,000 runs of one study and 100,000 states, written through the record's own
 * writers. A run has a table of events, a preparation that changes every tenth run, folds that train and are scored at
 * a rate of the run's own, and one evaluation; the last run ends in a chain of 1,000 nodes. Its states are never read
 * as bytes, except results, so the content store stays empty.
 */
import { cacheKey, type Field, planKey } from '../../src/core/identity/cache-key.ts';
import { type Digest, sha256 } from '../../src/core/identity/digest.ts';
import { Cache } from '../../src/store/cache.ts';
import type { NewState, StateInput } from '../../src/store/record/facts.ts';

export const RUNS = 1000;
const FOLDS = 49;
const CHAIN = 1000;
const STEPS = 5;
const RUNS_PER_PREPARATION = 10;
const STARTED_AT = 1_700_000_000_000;
const RUN_MS = 3_600_000;
const STATES_PER_FLUSH = 2000;

/** Fills an empty directory. @returns the number of states */
export async function writeLongHistory(directory: string): Promise<number> {
  const cache = Cache.open(directory, () => STARTED_AT);
  try {
    const history = new History(cache);
    for (let run = 0; run < RUNS; run++) await history.addRun(run);
    return history.states;
  } finally {
    cache.close();
  }
}

class History {
  states = 0;
  readonly #cache: Cache;
  readonly #codes = new Set<Digest>();
  #read: NewState | undefined;
  #prepared: NewState | undefined;
  #unflushed = 0;

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  async addRun(index: number): Promise<void> {
    const rate = (index + 1) / RUNS;
    const startedAt = STARTED_AT + index * RUN_MS;
    const run = this.#begin(index, rate, startedAt);
    const isFirst = this.#read === undefined;
    const read = (this.#read ??= stateOf('study/read', 0, {}, [EVENTS], 'events'));
    this.#visit(run, 'read', read, isFirst, startedAt);
    const isPrepared = index % RUNS_PER_PREPARATION !== 0;
    if (!isPrepared) {
      const cut = { cut: index / RUNS_PER_PREPARATION };
      this.#prepared = stateOf('study/prepare', index, cut, [from('events', null, read)], 'data');
    }
    const data = this.#prepared!;
    this.#visit(run, 'prepare', data, !isPrepared, startedAt);
    const scores: NewState[] = [];
    for (let fold = 0; fold < FOLDS; fold++) {
      const model = stateOf('study/train', index, { rate, fold }, [from('data', null, data)], 'model');
      this.#visit(run, `train@fold=${fold}`, model, true, startedAt);
      const score = stateOf('study/score', index, { fold }, [from('model', null, model)], 'score');
      this.#visit(run, `score@fold=${fold}`, score, true, startedAt);
      scores.push(score);
    }
    const inputs = scores.map((score, at) => from('scores', at, score));
    const evaluation = stateOf('study/evaluate', index, {}, inputs, 'result', `{"ams":${3 + Math.sin(index)}}`);
    this.#visit(run, 'evaluate', evaluation, true, startedAt);
    if (index === RUNS - 1) this.#addChain(run, evaluation, startedAt);
    this.#cache.record.runs.end(run, 'ok', startedAt + 60_000);
    if (this.#unflushed >= STATES_PER_FLUSH || index === RUNS - 1) {
      await this.#cache.record.flush();
      this.#unflushed = 0;
    }
  }

  #addChain(run: number, evaluation: NewState, startedAt: number): void {
    let last = evaluation;
    for (let step = 0; step < CHAIN; step++) {
      last = stateOf('study/refine', run, { step }, [from('start', null, last)], 'refined');
      this.#visit(run, `refine@step=${step}`, last, true, startedAt);
    }
  }

  #begin(index: number, rate: number, startedAt: number): number {
    return this.#cache.record.runs.begin({
      pipeline: 'study',
      source: 'study.ts',
      argv: ['restage', 'run', 'study.ts', '-S', `rate=${rate}`],
      params: { rate, cut: Math.floor(index / RUNS_PER_PREPARATION), folds: FOLDS, network: { width: 33, depth: 3 } },
      seed: 0,
      backend: 'portable',
      jobs: 2,
      git: { commit: 'ab'.repeat(20), dirty: false },
      environment: ENVIRONMENT,
      results: [{ name: 'evaluation', node: 'evaluate', output: 'result' }],
      startedAt,
    });
  }

  #visit(run: number, node: string, state: NewState, isNew: boolean, at: number): void {
    const { record } = this.#cache;
    if (isNew) {
      this.#addCode(state);
      const task = `${run}/${node}`;
      record.attempts.start({ task, run, node, number: 1, worker: 'worker-1', at });
      if (state.stage === 'study/train')
        for (let step = 0; step < STEPS; step++) record.attempts.metric(task, 'loss', step, 1 / (run + step));
      const used = { compute: 'portable 2 cpu', cpuSeconds: state.seconds, peakBytes: 1 << 26, failure: null };
      record.attempts.end(task, { at: at + 1000 * state.seconds, ...used });
      record.states.add(task, state);
      this.states += 1;
      this.#unflushed += 1;
    }
    const reason = isNew ? 'param.rate changed' : null;
    record.visits.add({ run, node, outcome: isNew ? 'ran' : 'hit', state: state.key, reason });
  }

  #addCode({ code, stage }: NewState): void {
    if (this.#codes.has(code)) return;
    this.#codes.add(code);
    const exportName = stage.slice(stage.indexOf('/') + 1);
    const content = Buffer.from(`export const ${exportName} = ${JSON.stringify(code)};\n`);
    const sources = [{ path: 'study.ts', content }];
    this.#cache.record.code.add([{ digest: code, stage, module: 'study.ts', exportName, bundle: content, sources }]);
  }
}

const ENVIRONMENT = { digest: sha256('bench'), facts: '{"host":"bench","user":"bench","node":"v20.20.2"}' };
const EVENTS: StateInput = {
  slot: 'file',
  index: null,
  digest: sha256('events'),
  bytes: 1 << 20,
  from: { path: 'data/events.csv' },
};

/** The stage's code changes every hundredth run. */
function stateOf(
  stage: string,
  run: number,
  params: Readonly<Record<string, number>>,
  inputs: readonly StateInput[],
  output: string,
  content = JSON.stringify([stage, params, inputs.map(({ digest }) => digest)]),
): NewState {
  const code = sha256(`${stage} ${Math.floor(run / 100)}`);
  const fields: readonly Field[] = [
    field('stage', stage),
    { name: 'code', digest: code, preview: code.slice(0, 8) },
    ...Object.entries(params).map(([name, value]) => field(`param.${name}`, JSON.stringify(value))),
    ...inputs.map(({ slot, index, digest }) => ({
      name: index === null ? `in.${slot}` : `in.${slot}.${index}`,
      digest,
      preview: digest.slice(0, 8),
    })),
    ...['runtime', 'schema', 'dep.zod', 'backend'].map((name) => field(name, '1')),
  ];
  const bytes = Buffer.from(content);
  const outputs = [{ name: output, kind: 'json', digest: sha256(bytes), bytes: bytes.byteLength, inline: bytes }];
  return {
    ...{ key: cacheKey(fields), planKey: planKey(fields), stage, code, fields, inputs, outputs },
    accesses: [],
    seconds: 1.5,
  };
}

function field(name: string, preview: string): Field {
  return { name, digest: sha256(preview), preview };
}

function from(slot: string, index: number | null, state: NewState): StateInput {
  const { name, digest, bytes } = state.outputs[0]!;
  return { slot, index, digest, bytes, from: { state: state.key, output: name } };
}

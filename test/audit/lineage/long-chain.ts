/**
 * A cache in which each state was made of the two before it: a lineage that is as long as the history, and full of
 * shortcuts.
 */
import { cacheKey, type Field, planKey } from '../../../src/core/identity/cache-key.ts';
import { type Digest, sha256 } from '../../../src/core/identity/digest.ts';
import { Cache } from '../../../src/store/cache.ts';
import type { NewState, StateInput } from '../../../src/store/record/facts.ts';

export async function fillWithChain(directory: string, length: number): Promise<void> {
  const cache = Cache.open(directory);
  const { record } = cache;
  const code = sha256('chain/link');
  const source = {
    path: 'chain.ts',
    content: Buffer.from("stage({ name: 'chain/link', description: 'Links.', run() {} })"),
  };
  record.code.add([
    {
      digest: code,
      stage: 'chain/link',
      module: 'chain.ts',
      exportName: 'link',
      bundle: Buffer.from(''),
      sources: [source],
    },
  ]);
  const run = record.runs.begin({
    pipeline: 'chain',
    source: 'chain.ts',
    argv: ['restage', 'run', 'chain.ts'],
    params: {},
    seed: 0,
    backend: 'none',
    jobs: 1,
    git: null,
    environment: { digest: sha256('here'), facts: '{"host":"here"}' },
    startedAt: 0,
    results: [{ name: 'end', node: `link@at=${length - 1}`, output: 'value' }],
  });
  const made: NewState[] = [];
  for (let at = 0; at < length; at++) {
    const state = linkAfter(made.slice(-2), at, code);
    const [task, node] = [`task ${at}`, `link@at=${at}`];
    record.attempts.start({ task, run, node, number: 1, worker: 'worker-1', at });
    record.attempts.end(task, { at: at + 1, compute: null, cpuSeconds: null, peakBytes: null, failure: null });
    record.states.add(task, state);
    record.visits.add({ run, node, outcome: 'ran', state: state.key, reason: null });
    made.push(state);
  }
  record.runs.end(run, 'ok');
  await record.flush();
  cache.close();
}

function linkAfter(before: readonly NewState[], at: number, code: Digest): NewState {
  const inputs = before.map(({ key, outputs }, index): StateInput => ({
    slot: 'before',
    index,
    digest: outputs[0]!.digest,
    bytes: outputs[0]!.bytes,
    from: { state: key, output: 'value' },
  }));
  const value = Buffer.from(String(at + 0.5));
  const fields: readonly Field[] = [
    { name: 'stage', digest: sha256('chain/link'), preview: 'chain/link' },
    { name: 'param.at', digest: sha256(String(at)), preview: String(at) },
    ...inputs.map(({ index, digest }) => ({ name: `in.before.${index!}`, digest, preview: digest.slice(0, 8) })),
  ];
  return {
    key: cacheKey(fields),
    planKey: planKey(fields),
    stage: 'chain/link',
    code,
    fields,
    inputs,
    outputs: [{ name: 'value', kind: 'json', digest: sha256(value), bytes: value.byteLength, inline: value }],
    accesses: [],
    seconds: 0.001,
  };
}

/**
 * Built facts for the tests of exports: a small run with a file, a list input, a hit from an earlier run and a failure.
 */
import { sha256 } from '../../src/core/identity/digest.ts';
import type { CacheKey } from '../../src/core/identity/digest.ts';
import type { Act, ExportedRun, ExportFacts } from '../../src/export/facts.ts';
import { actIdentity, runIdentity } from '../../src/export/identifiers.ts';

export function exportedRun(given: Partial<ExportedRun> = {}): ExportedRun {
  const run = {
    run: 3,
    pipeline: 'toy',
    source: 'toy/index.ts',
    argv: ['restage', 'run', 'toy'],
    params: { rate: 0.5, name: 'a "b"', deep: { on: true, list: [1, 2] } },
    seed: 7,
    backend: 'portable',
    jobs: 2,
    commit: 'c0ffee',
    dirty: true,
    startedAt: 1_700_000_000_000,
    endedAt: 1_700_000_010_000,
    outcome: 'ok' as const,
    environment: { host: 'box', user: 'ada', restage: '0.1.0', node: 'v20.19.0' },
    ...given,
  };
  return { ...run, identity: runIdentity({ ...run }) };
}

export function keyOf(name: string): CacheKey {
  return sha256(`state ${name}`) as unknown as CacheKey;
}

export function act(node: string, run: ExportedRun, given: Partial<Act> = {}): Act {
  const stage = node.replace(/@.*/, '');
  return {
    identity: actIdentity(run.identity, node, 1),
    ...{ node, stage, code: sha256(`code ${stage}`), state: keyOf(node), run: run.run, attempt: 1, worker: 'w1' },
    ...{ startedAt: run.startedAt + 1000, endedAt: run.startedAt + 2000, cpuSeconds: 0.9, peakBytes: 1024 },
    ...{ compute: null, packages: [{ name: 'zod', digest: sha256('zod'), value: '4.6.7' }], env: [], reads: [] },
    ...{ params: [{ name: 'rate', digest: sha256('0.5'), value: '0.5' }] },
    ...{ runtime: 'node 20', seed: '7 for all', backend: null, inputs: [], outputs: [], failure: null },
    ...given,
  };
}

function output(name: string, text: string, kind = 'json'): Act['outputs'][number] {
  return { name, kind, digest: sha256(text), bytes: text.length };
}

/**
 * `read` (a hit of run 2) takes a file, two `fit`s take it, `score` takes both; `plot` failed, and one node never
 * began.
 */
export function toyFacts(given: Partial<ExportedRun> = {}): ExportFacts {
  const run = exportedRun(given);
  const earlier = exportedRun({ run: 2, startedAt: 1_690_000_000_000, endedAt: 1_690_000_001_000 });
  const file = { slot: 'csv', index: null, digest: sha256('1,2'), bytes: 3, from: { path: '/data/in put.csv' } };
  const read = act('read', earlier, { inputs: [file], outputs: [output('rows', '[1,2]')] });
  const rows = { slot: 'rows', index: null, digest: sha256('[1,2]'), bytes: 5 };
  const fits = [0, 1].map((fold) =>
    act(`fit@fold=${fold}`, run, {
      inputs: [{ ...rows, from: { state: read.state!, node: 'read', output: 'rows' } }],
      outputs: [output('model', `m${fold}`, 'weights')],
    }),
  );
  const score = act('score', run, {
    inputs: fits.map(({ state, node, outputs }, index) => ({
      ...{ slot: 'models', index, digest: outputs[0]!.digest, bytes: 2 },
      from: { state: state!, node, output: 'model' },
    })),
    outputs: [output('ams', '{"ams":3.5}')],
  });
  const failure = {
    class: 'error' as const,
    message: 'no <ink>',
    stack: 'Error: no <ink>',
    exitCode: null,
    signal: null,
  };
  const plot = act('plot', run, { code: null, state: null, failure, outputs: [], params: [], packages: [] });
  const acts = [read, ...fits, score, plot];
  return {
    asked: 'run:3',
    scope: 'run',
    run,
    runs: [earlier, run],
    acts,
    steps: acts.map(({ node, stage }, index) => ({ node, stage, outcome: index === 0 ? 'hit' : 'ran', act: index })),
    skipped: 1,
    codes: ['read', 'fit', 'score'].map((stage) => ({
      digest: sha256(`code ${stage}`),
      ...{ stage, module: 'toy/stages.ts', exportName: stage, description: null },
      sources: [{ path: 'toy/stages.ts', digest: sha256('source'), bytes: 6 }],
    })),
    results: [
      { name: 'ams', node: 'score', output: 'ams', artifact: output('ams', '{"ams":3.5}'), value: { ams: 3.5 } },
    ],
  };
}

/** A run that has begun, and of which nothing has ended. */
export function emptyFacts(): ExportFacts {
  const run = exportedRun({ outcome: 'running', endedAt: null });
  return { ...toyFacts(), run, runs: [run], acts: [], steps: [], skipped: 0, codes: [], results: [] };
}

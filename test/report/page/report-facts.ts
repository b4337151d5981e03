/**
 * Facts of a report, built without a run: three stages with a fan-out, a failed node, a state of another run, every
 * kind of panel, histories with gaps, an effect table. Every text that an author could write contains the word that is
 * given.
 */
import type { ReportNode, ReportState } from '../../../src/audit/report/run-nodes.ts';
import type { RunReportFacts } from '../../../src/audit/report/run-report.ts';
import { thinned } from '../../../src/audit/report/thinned.ts';
import { type Digest, sha256 } from '../../../src/core/identity/digest.ts';
import type { CacheKey } from '../../../src/core/identity/digest.ts';
import { effectTable } from '../../../src/core/statistics/effect-table.ts';

const AT = 1_700_000_000_000;

export function stateOf(name: string, more: Partial<ReportState> = {}): ReportState {
  return {
    state: sha256(name) as string as CacheKey,
    code: sha256('code'),
    run: 3,
    worker: 'worker-1',
    startedAt: AT + 1000,
    seconds: 1.5,
    compute: 'portable 2 on cpu',
    params: [{ name: 'rate', digest: sha256(name), value: '0.5' }],
    packages: [{ name: 'zod', digest: sha256('zod'), value: '4.0.0' }],
    env: [],
    reads: [],
    runtime: 'node 20',
    seed: null,
    backend: null,
    outputs: [{ name: 'value', kind: 'json', digest: sha256(`${name}.value`), bytes: 12 }],
    metrics: [],
    verified: null,
    ...more,
  };
}

function input(from: ReportNode['inputs'][number]['from'], slot = 'values'): ReportNode['inputs'][number] {
  return { slot, index: null, digest: sha256(JSON.stringify(from)), bytes: 12, from };
}

/** @param word is part of every name, text, message and value */
export function builtFacts(word = ''): RunReportFacts {
  const w = (text: string): string => `${text}${word}`;
  const read = w('read');
  const fits = [0, 1].map((fold) => `${w('fit')}@fold=${fold}`);
  const elsewhere = stateOf('elsewhere');
  const nodes: readonly ReportNode[] = [
    {
      node: read,
      stage: w('toy/read'),
      outcome: 'hit',
      reason: null,
      made: stateOf('read', { verified: { at: AT, verdict: 'same' } }),
      inputs: [input({ kind: 'file', path: w('/data/events.csv') })],
    },
    ...fits.map((node, fold): ReportNode => ({
      node,
      stage: w('toy/fit'),
      outcome: 'ran',
      reason: w('first run'),
      made: stateOf(node, {
        params: [{ name: w('fold'), digest: sha256(`${fold}`), value: w(`"${fold}"`) }],
        metrics: [{ name: w('loss'), step: 2, value: Number.NaN }],
        verified: fold === 0 ? { at: AT, verdict: 'diverged' } : null,
      }),
      inputs: [
        input({ kind: 'node', node: read, output: w('value') }),
        input({ kind: 'state', state: elsewhere.state, node: w('old'), output: w('value') }, w('start')),
      ],
    })),
    {
      node: w('score'),
      stage: w('toy/score'),
      outcome: 'ran',
      reason: null,
      made: stateOf('score'),
      inputs: fits.map((node) => input({ kind: 'node', node, output: 'value' })),
    },
    { node: w('plot'), stage: w('toy/plot'), outcome: 'failed', reason: null, made: null, inputs: [] },
  ];
  const stage = (name: string, places: readonly number[], counts: object): RunReportFacts['stages'][number] => ({
    name: w(name),
    stage: w(`toy/${name}`),
    counts,
    nodes: places,
    codes: [
      {
        digest: sha256('code'),
        stage: w(`toy/${name}`),
        module: w('stages.ts'),
        exportName: name,
        description: w('what it does'),
        sources: [{ path: w('stages.ts'), digest: sha256('source'), bytes: 6 }],
      },
    ],
  });
  const points = (values: readonly number[]) =>
    thinned(
      values.map((y, x) => ({ x, y })),
      400,
    );
  const counts = { hit: 1, 'cut-off': 0, ran: 3, failed: 1, skipped: 0 };
  return {
    run: {
      id: 3,
      pipeline: w('toy'),
      source: w('toy.ts'),
      argv: ['restage', 'run', w('toy.ts')],
      params: { [w('rate')]: w('0.5') },
      seed: 0,
      backend: 'portable',
      jobs: 2,
      commit: null,
      dirty: null,
      startedAt: AT,
      endedAt: AT + 4000,
      outcome: 'failed',
      tags: [w('best')],
      counts,
      environment: { host: w('here'), cores: 2 },
    },
    study: {
      name: w('tricks'),
      branches: [
        { branch: w('base'), seed: 0, run: 4, missing: [], states: [nodes[3]!.made!.state] },
        { branch: w('more'), seed: 0, run: null, missing: [w('score')], states: [] },
      ],
      effects: [effectsOf(w, nodes[3]!)],
    },
    branch: null,
    results: [
      {
        name: w('score'),
        node: w('score'),
        output: 'value',
        kind: 'json',
        digest: sha256('score.value'),
        bytes: 40,
        numbers: [
          { path: w('score.ams'), value: 3.71, error: 0.1 },
          { path: w('score.events'), value: 600, error: null },
        ],
        content: { type: 'value', value: { ams: { value: 3.71, error: 0.1 }, note: w('note') } },
      },
      {
        name: w('picture'),
        node: w('plot'),
        output: 'svg',
        kind: null,
        digest: null,
        bytes: null,
        numbers: [],
        content: { type: 'lost', why: w('plot has no state in this run.') },
      },
    ],
    panels: panelsOf(w),
    morePanels: 1,
    histories: [
      {
        group: w('fit'),
        metric: w('loss'),
        hasSteps: true,
        series: fits.map((node) => ({ node, ...points([0.5, Number.NaN, 0.25, 0.125]) })),
        band: null,
      },
    ],
    nodes,
    elsewhere: [
      {
        node: w('old'),
        stage: w('toy/old'),
        outcome: null,
        reason: null,
        made: elsewhere,
        inputs: [input({ kind: 'file', path: w('/old.csv') })],
      },
    ],
    stages: [
      stage('read', [0], { hit: 1 }),
      stage('fit', [1, 2], { ran: 2 }),
      stage('score', [3], { ran: 1 }),
      stage('plot', [4], { failed: 1 }),
    ],
    links: [
      { from: 0, to: 1, outputs: [w('value')] },
      { from: 1, to: 2, outputs: ['value'] },
    ],
    failures: [
      {
        id: 9,
        run: 3,
        node: w('plot'),
        number: 2,
        worker: 'worker-2',
        startedAt: AT + 3000,
        endedAt: AT + 3100,
        compute: null,
        cpuSeconds: null,
        peakBytes: null,
        failure: {
          class: 'error',
          message: w('It went wrong.'),
          stack: w('Error: at plot'),
          exitCode: null,
          signal: null,
        },
      },
    ],
    timeline: {
      phases: [{ name: 'planning', start: 0, end: 0.5 }],
      workers: ['worker-1', w('worker-2')],
      bars: [
        {
          worker: 'worker-1',
          stage: w('toy/fit'),
          start: 1,
          end: 2.5,
          node: fits[0]!,
          attempts: 1,
          failed: false,
          open: false,
        },
        {
          worker: w('worker-2'),
          stage: w('toy/plot'),
          start: 3,
          end: 3.1,
          node: w('plot'),
          attempts: 1,
          failed: true,
          open: false,
        },
      ],
      seconds: 4,
      attempts: 2,
    },
    cost: {
      run: 3,
      pipeline: w('toy'),
      startedAt: AT,
      jobs: 2,
      wallSeconds: 4,
      ran: 3,
      hits: 1,
      seconds: 4.5,
      cpuSeconds: 4,
      savedSeconds: 1.5,
      lostSeconds: 0.1,
      stages: [
        { stage: w('toy/fit'), ran: 2, hits: 0, seconds: 3, cpuSeconds: 2.5, savedSeconds: 0, peakBytes: 3 << 20 },
        { stage: w('toy/read'), ran: 0, hits: 1, seconds: 0, cpuSeconds: null, savedSeconds: 1.5, peakBytes: null },
      ],
      criticalPath: { seconds: 3, nodes: [{ node: fits[0]!, seconds: 1.5, potential: 0.1 }] },
    },
  };
}

function effectsOf(
  w: (text: string) => string,
  score: ReportNode,
): NonNullable<RunReportFacts['study']>['effects'][number] {
  const values = ['base', 'more'].flatMap((branch) =>
    [0, 1, 2].map((seed) => ({ branch: w(branch), seed, value: seed + (branch === 'more' ? 0.5 + seed / 10 : 0) })),
  );
  const table = effectTable({
    metric: { name: w('ams'), better: 'higher', design: { kind: 'fixed-test-set' }, rope: 0.05 },
    base: w('base'),
    variants: [{ name: w('more'), changes: w('rate=2') }],
    observations: values.map(({ branch, seed, value }) => ({ branch, seed, found: { kind: 'value', value } })),
  });
  return {
    digest: sha256('effects'),
    table,
    values: values.map(({ branch, seed, value }) => ({
      branch,
      seed,
      fold: null,
      value,
      why: null,
      sources: [{ state: score.made!.state, node: w('score'), kind: 'output', name: w('value.ams') }],
    })),
  };
}

function panelsOf(w: (text: string) => string): RunReportFacts['panels'] {
  const of = (digest: string): { node: string; output: string; digest: Digest } => ({
    node: w('score'),
    output: 'value',
    digest: sha256(digest),
  });
  const axis = (label: string): { label: string } => ({ label: w(label) });
  return [
    {
      ...of('chart'),
      shown: {
        kind: 'panel',
        panel: {
          title: w('Predictions'),
          text: w('By class.'),
          x: axis('prediction'),
          y: axis('density'),
          marks: [
            { mark: 'histogram', name: w('signal'), edges: [0, 0.5, 1], heights: [1, 2] },
            { mark: 'dots', name: w('data'), x: [0.2, 0.8], y: [1, null] },
            { mark: 'rule', axis: 'x', at: 0.9, name: w('cut') },
          ],
        },
      },
    },
    {
      ...of('log'),
      shown: {
        kind: 'panel',
        panel: {
          title: w('Range test'),
          x: { ...axis('learning rate'), scale: 'log' },
          y: axis('loss'),
          marks: [{ mark: 'line', x: [0, 1e-4, 1e-3], y: [2, 1, 3], low: [1, 0.5, 2], high: [3, 1.5, 4] }],
        },
      },
    },
    {
      ...of('table'),
      shown: {
        kind: 'panel',
        panel: { title: w('Yields'), columns: [w('process')], rows: [[w('signal')], [1.5], [null]] },
      },
    },
    {
      ...of('svg'),
      shown: { kind: 'picture', svg: `<svg xmlns="http://www.w3.org/2000/svg"><text>${w('drawn')}</text></svg>` },
    },
    { ...of('lost'), shown: { kind: 'lost', why: w('Its bytes are gone.') } },
  ];
}

/** The table of mutations: one change of the workshop each, and what `why` must say of it. */
import type { Workshop } from './workshop.ts';

export interface Mutation {
  /** What is changed: the name of the fixture. */
  readonly what: string;
  readonly edit?: (workshop: Workshop) => unknown;
  readonly args?: readonly string[];
  /** Command lines after the edit. */
  readonly steps?: readonly (readonly string[])[];
  /** What is compared with: the first run of all, or the latest one after these steps. */
  readonly since?: 'first' | 'steps';
  /** A command line after that, and before the run that is explained. */
  readonly then?: readonly string[];
  /** A command line that makes the run instead of `run`. */
  readonly command?: readonly string[];
  /** Of the runs that it makes, the one with this tag; default: the latest. */
  readonly tag?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Node has loaded what is changed, and does not load it again: the change is made in a copy of the project. */
  readonly anew?: boolean;
  /** The causes, one a line: see `said` in mutations.test.ts. */
  readonly causes: readonly string[];
  /** What stands for another key, and in which fields that differs: `fit: code`. */
  readonly accepted?: readonly string[];
  /** Nodes that must differ because of them and have no cause of their own, with `...` for `mix` and `note`. */
  readonly followers?: readonly string[];
}

const FOLDS = ['fold@k=0', 'fold@k=1', 'fold@k=2'];
const END = ['mix', 'note'];

/** Two stages reach it. */
const CONSTANT =
  'source lib/constants.ts in fit, mix, by stages/fit.ts > lib/math.ts > lib/constants.ts and stages/mix.ts > lib/math.ts > lib/constants.ts';

const edit =
  (file: string, from: string, to: string) =>
  (workshop: Workshop): unknown =>
    workshop.edit(file, from, to);

/** Declares that a node's key means a state on record. */
function accept(...words: readonly string[]): readonly string[] {
  return ['accept', ...words, '-m', 'neutral, I think'];
}

const both =
  (...edits: readonly ((workshop: Workshop) => unknown)[]) =>
  (workshop: Workshop): void => {
    for (const each of edits) each(workshop);
  };

export const MUTATIONS: readonly Mutation[] = [
  {
    what: 'param leaf',
    args: ['-S', 'rate=0.25'],
    causes: ['param rate: 0.5 -> 0.25 in fit'],
    followers: [...FOLDS, ...END],
  },
  {
    what: 'param list',
    args: ['-S', 'layers=[{"width":4},{"width":7}]'],
    causes: ['param layers: [{"width":4},{"width":6}] -> [{"width":4},{"width":7}] in fit'],
    followers: [...FOLDS, ...END],
  },
  {
    what: 'default',
    edit: edit('index.ts', 'rate: z.number().default(0.5)', 'rate: z.number().default(0.7)'),
    causes: ['param rate: 0.5 -> 0.7 in fit'],
    followers: [...FOLDS, ...END],
  },
  {
    what: 'default of a stage',
    edit: edit('stages/fit.ts', 'default(2)', 'default(3)'),
    causes: ['source stages/fit.ts in fit, by stages/fit.ts', 'param scale: 2 -> 3 in fit'],
    followers: [...FOLDS, ...END],
  },
  {
    what: 'schema',
    edit: edit('stages/fit.ts', 'z.number().min(0)', 'z.number().min(-1)'),
    causes: [`source stages/fit.ts in fit, by stages/fit.ts, ended: fit > ${FOLDS.join(', ')}`],
    followers: [],
  },
  {
    what: 'own code',
    edit: edit('stages/fit.ts', 'total + layer.width, 0', 'total + layer.width, 1'),
    causes: ['source stages/fit.ts in fit, by stages/fit.ts'],
    followers: [...FOLDS, ...END],
  },
  {
    what: 'helper',
    edit: edit('lib/math.ts', 'sum(values) / values.length', '(sum(values) * 2) / values.length'),
    causes: ['source lib/math.ts in fit, by stages/fit.ts > lib/math.ts'],
    followers: [...FOLDS, ...END],
  },
  {
    what: 'constant',
    edit: edit('lib/constants.ts', '0.001', '0.002'),
    causes: [CONSTANT],
    followers: [...FOLDS, 'note'],
  },
  {
    what: 'constant, and what no stage uses',
    edit: both(
      edit('lib/constants.ts', '0.001', '0.003'),
      edit('lib/math.ts', 'Math.max(...values)', 'Math.max(0, ...values)'),
      edit('stages/fit.ts', "import { z } from 'zod';", "import { z } from 'zod';\n\n// Fits a line."),
    ),
    causes: [CONSTANT],
    followers: [...FOLDS, 'note'],
  },
  {
    what: 'JSON',
    edit: edit('lib/table.json', '1.5', '2.5'),
    causes: ['source lib/table.json in fit, by stages/fit.ts > lib/table.json'],
    followers: [...FOLDS, ...END],
  },
  {
    what: 'package version',
    anew: true,
    edit: both(
      edit('node_modules/tiny/package.json', '1.0.0', '1.1.0'),
      edit('node_modules/tiny/lib/half.js', 'x / 2', 'x / 3'),
    ),
    causes: ['package tiny: 1.0.0 -> 1.1.0 in halve'],
    followers: END,
  },
  {
    what: 'package content',
    anew: true,
    edit: edit('node_modules/tiny/lib/half.js', 'x / 2', 'x / 4'),
    causes: ['package tiny: 1.0.0 -> 1.0.0 in halve'],
    followers: END,
  },
  {
    what: 'input bytes',
    edit: edit('data/points.csv', '4', '8'),
    causes: ['file data/points.csv: content in read'],
    followers: ['prep', 'fit', ...FOLDS, ...END],
  },
  {
    what: 'another file',
    args: ['-S', 'file=data/other.csv'],
    causes: ['file data/points.csv -> data/other.csv in read'],
    followers: ['prep', 'fit', ...FOLDS, ...END],
  },
  { what: 'file renamed', args: ['-S', 'file=data/copy.csv'], causes: [] },
  { what: 'seed', args: ['--seed', '7'], causes: ['seed 0 -> 7 in fold@k=0, fold@k=1, fold@k=2'], followers: END },
  {
    what: 'backend',
    args: ['--backend', 'tfjs-cpu'],
    causes: ['backend portable -> tfjs-cpu in judge, ended: judge > mix'],
    followers: [],
  },
  {
    what: 'environment variable',
    env: { WORKSHOP_UNIT: 'GeV' },
    causes: ['env WORKSHOP_UNIT: (not set) -> (set) in unit'],
    followers: END,
  },
  {
    what: 'upstream value',
    args: ['-S', 'shift=2'],
    causes: ['param shift: 0.5 -> 2 in prep'],
    followers: ['fit', ...FOLDS, ...END],
  },
  {
    what: 'upstream same bytes',
    args: ['-S', 'shift=0.6'],
    causes: ['param shift: 0.5 -> 0.6 in prep, ended: prep > fit'],
  },
  {
    what: 'stage renamed',
    edit: edit('stages/fold.ts', "'workshop/fold'", "'workshop/part'"),
    causes: ['stage workshop/fold -> workshop/part in part@k=0, part@k=1, part@k=2'],
    followers: END,
  },
  {
    what: 'node renamed, which draws random numbers',
    edit: edit('index.ts', 'key: { k }', 'key: { part: k }'),
    causes: ['node fold@k=0 -> fold@part=0 in fold@part=0, fold@part=1, fold@part=2'],
    followers: END,
  },
  {
    what: 'stage renamed, which draws none',
    edit: edit('stages/prep.ts', "'workshop/prep'", "'workshop/clean'"),
    causes: ['stage workshop/prep -> workshop/clean in clean, ended: clean > fit'],
  },
  {
    what: 'policy',
    edit: edit('index.ts', 'p.add(fit, {', 'p.add(fit, { retries: { error: 2 }, priority: 3, timeoutSeconds: 900,'),
    causes: [],
  },
  { what: 'tag', edit: edit('index.ts', 'p.add(fit, {', "p.add(fit, { tags: ['a'],"), causes: [] },
  {
    what: 'fan-out grown',
    args: ['-S', 'folds=4'],
    causes: ['added fold@k=3'],
    followers: END,
  },
  { what: 'fan-out shrunk', args: ['-S', 'folds=2'], causes: ['removed fold@k=2'], followers: END },
  {
    what: 'input rewired',
    edit: edit('index.ts', 'inputs: { rows }, ...here', 'inputs: { rows: raw.rows }, ...here'),
    causes: ['wiring rows: prep.rows -> read.rows in fit'],
    followers: [...FOLDS, ...END],
  },
  {
    what: 'inputs in another order',
    edit: edit(
      'index.ts',
      'folds: several.map(({ out }) => out.y)',
      'folds: several.map(({ out }) => out.y).reverse()',
    ),
    causes: ['order folds in mix, ended: mix > note'],
  },
  {
    what: 'codec',
    edit: both(
      edit('stages/fit.ts', '{ model: json<number>() }', '{ model: text() }'),
      edit('stages/fit.ts', 'import { json, stage }', 'import { json, stage, text }'),
      edit('stages/fit.ts', 'return { model: rate', 'return { model: String(rate'),
      edit('stages/fit.ts', 'table.gain + width }', 'table.gain + width) }'),
      edit('stages/fold.ts', '{ model: json<number>() }', '{ model: text() }'),
      edit('stages/fold.ts', 'import { json, stage }', 'import { json, stage, text }'),
      edit('stages/fold.ts', '(await inputs.model.read())', 'Number(await inputs.model.read())'),
    ),
    causes: [
      `source stages/fit.ts in fit, by stages/fit.ts, ended: fit > ${FOLDS.join(', ')}`,
      'source stages/fold.ts in fold@k=0, fold@k=1, fold@k=2, by stages/fold.ts, ended: fold@k=0 > mix; fold@k=1 > mix; fold@k=2 > mix',
    ],
    followers: [],
  },
  {
    what: 'two at once',
    edit: edit('stages/mix.ts', 'sum(numbers)', 'sum(numbers) + 1'),
    args: ['-S', 'rate=0.3'],
    causes: ['source stages/mix.ts in mix, by stages/mix.ts', 'param rate: 0.5 -> 0.3 in fit'],
  },
  {
    what: 'member of a record removed',
    args: ['-S', '~marks.end'],
    causes: ['param marks.end: "." -> null in note'],
    followers: [],
  },
  {
    what: 'alias of tsconfig.json',
    edit: edit('tsconfig.json', './lib/rounding/*', './lib/upwards/*'),
    causes: [
      'source lib/rounding/nearest.ts in prep, by stages/prep.ts > lib/rounding/nearest.ts',
      'source lib/upwards/nearest.ts in prep, by (no way)',
    ],
    followers: ['fit', ...FOLDS, ...END],
  },
  {
    what: 'trace of a run',
    args: ['fit', '--trace', '--force'],
    causes: ['ran again (forced) in fit', 'removed fold@k=0, fold@k=1, fold@k=2, halve, judge, mix, note, unit'],
  },
  {
    what: 'trace in a stage',
    edit: both(
      edit('stages/fit.ts', 'async run({ params', 'async run({ trace, params'),
      edit('stages/fit.ts', 'return { model', "trace('width', width);\n    return { model"),
    ),
    causes: [`source stages/fit.ts in fit, by stages/fit.ts, ended: fit > ${FOLDS.join(', ')}`],
    followers: [],
  },
  {
    what: 'accepted',
    edit: edit('stages/fit.ts', '* table.gain + width', '* table.gain + width + 1'),
    steps: [accept('fit', '--state', 'run:1/fit')],
    causes: [],
    accepted: ['fit: code'],
  },
  {
    what: 'accepted, and one that is below it',
    edit: both(
      edit('stages/fit.ts', '* table.gain + width', '* table.gain + width + 2'),
      edit('stages/mix.ts', 'sum(numbers)', 'sum(numbers) + 2'),
    ),
    steps: [accept('fit', '--state', 'run:1/fit')],
    causes: ['source stages/mix.ts in mix, by stages/mix.ts'],
    followers: ['note'],
    accepted: ['fit: code'],
  },
  {
    what: 'acceptance revoked',
    edit: edit('stages/fit.ts', '* table.gain + width', '* table.gain + width + 3'),
    steps: [accept('fit', '--state', 'run:1/fit'), ['run', '.']],
    since: 'steps',
    then: ['accept', '--revoke', 'fit', '-m', 'it was not'],
    causes: ['equivalence some -> none in fit'],
    followers: [...FOLDS, ...END],
  },
  {
    what: 'stage renamed, with its former name',
    edit: edit('stages/fold.ts', "'workshop/fold'", "'workshop/piece', renamedFrom: 'workshop/fold'"),
    causes: [],
    accepted: ['piece@k=0: code, seed, stage', 'piece@k=1: code, seed, stage', 'piece@k=2: code, seed, stage'],
  },
  {
    what: 'node renamed, with its former name',
    edit: edit('index.ts', 'key: { k }', "as: 'slice', renamedFrom: 'fold', key: { k }"),
    causes: [],
    accepted: ['slice@k=0: seed', 'slice@k=1: seed', 'slice@k=2: seed'],
  },
  {
    what: 'stage renamed, and accepted as renamed',
    edit: edit('stages/fold.ts', "'workshop/fold'", "'workshop/shard'"),
    steps: [['accept', 'shard', '--renamed', 'fold']],
    causes: [],
    accepted: ['shard@k=0: code, seed, stage', 'shard@k=1: code, seed, stage', 'shard@k=2: code, seed, stage'],
  },
  {
    what: 'branch off a run',
    command: ['branch', 'run:1', '--as', 'slow', '-S', 'rate=0.35'],
    causes: ['param rate: 0.5 -> 0.35 in fit'],
    followers: [...FOLDS, ...END],
  },
  {
    what: 'seed of an experiment',
    command: ['ablate', '.', '-S', 'digits=3,4', '--metric', 'total.sum:higher', '--seeds', '0,9'],
    tag: 'sweep/base/seed-9',
    causes: ['seed 0 -> 9 in fold@k=0, fold@k=1, fold@k=2'],
    followers: END,
  },
  {
    what: 'observation',
    args: ['-S', 'digits=4'],
    causes: ['param digits: 2 -> 4 in note'],
  },
];

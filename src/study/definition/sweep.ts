/** A sweep: an experiment without a file, from `-S lr=0.1,0.2` on the command line. */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { nameWord } from '../../core/authoring/branch.ts';
import type { DesignOf, MetricOf } from '../../core/authoring/experiment.ts';
import { type Assignment, type Override, overrideLayers } from '../../core/params/override.ts';
import type { Layer } from '../../core/params/setting.ts';
import { UsageError } from '../../errors.ts';
import type { StudyBranch } from './study.ts';

/** What the command line gives for an experiment: of one in a file, it sets parameters of the base and the seeds. */
export interface Sweep {
  /** Parameters of the base, below `overrides`: from files. */
  readonly layers: readonly Layer[];
  readonly overrides: readonly Override[];
  /** Undefined: those of the file, or one. */
  readonly seeds: readonly number[] | undefined;
  readonly metrics: Readonly<Record<string, MetricOf>>;
  /** Whether any number of branches is meant. */
  readonly isConfirmed: boolean;
}

/** An experiment as its file has it. */
export const AS_DECLARED: Sweep = { layers: [], overrides: [], seeds: undefined, metrics: {}, isConfirmed: true };

/** So many runs are made without asking. */
export const MOST_RUNS = 1000;

/** The overrides with one value, and the paths with several. */
export function partedOverrides(overrides: readonly Override[]): {
  readonly single: readonly Override[];
  readonly swept: readonly { readonly path: string; readonly texts: readonly string[] }[];
} {
  const parted = overrides.map((override) => ({ path: override.path, texts: textsOf(override) }));
  return {
    single: overrides.filter((_, index) => parted[index]!.texts.length === 1),
    swept: parted.filter(({ texts }) => texts.length > 1),
  };
}

/** What removes a parameter has one form. */
function textsOf(override: Override): readonly string[] {
  if ('remove' in override) return [''];
  return override.path.endsWith(':') ? [override.text] : partsOf(override.text);
}

/** Every combination of the swept values, after the base, which has none of them. @throws UsageError */
export function sweepBranches({ layers, overrides }: Pick<Sweep, 'layers' | 'overrides'>): readonly StudyBranch[] {
  const { single, swept } = partedOverrides(overrides);
  const branch = (name: string, given: readonly Assignment[]): StudyBranch => ({
    name,
    parent: name === 'base' ? null : 'base',
    layers: [...layers, ...overrideLayers([...single, ...given])],
    isCombination: true,
  });
  let combinations: readonly (readonly Assignment[])[] = [[]];
  for (const { path, texts } of swept)
    combinations = combinations.flatMap((given) => texts.map((text) => [...given, { path, text }]));
  return [
    branch('base', []),
    ...combinations.map((given) => branch(given.map(({ path, text }) => `${path}=${nameWord(text)}`).join(','), given)),
  ];
}

/** How many branches the swept values make, besides the base. */
export function branchCount(overrides: readonly Override[]): number {
  return partedOverrides(overrides).swept.reduce((product, { texts }) => product * texts.length, 1);
}

/** `0.1,0.2` in two parts; commas in brackets, braces and quotes divide nothing. */
function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === '"') quoted = !quoted;
    else if (quoted) continue;
    else if ('[{'.includes(sign)) depth++;
    else if (']}'.includes(sign)) depth--;
    else if (sign === ',' && depth === 0) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts.includes('') ? [text] : parts;
}

const DESIGNS = ['fixed-test-set', 'cross-validation', 'events', 'redrawn-split=0.2'];

/**
 * `score.ams:higher`, `loss:lower:cross-validation` or `acc:higher:redrawn-split=0.2`: how it is called is how it is
 * named.
 * @throws UsageError
 */
export function parseMetric(text: string): readonly [name: string, metric: MetricOf] {
  const [of = '', better, design = 'fixed-test-set', ...more] = text.split(':');
  if (of === '' || more.length > 0 || (better !== 'higher' && better !== 'lower'))
    throw new UsageError(
      `--metric ${text} does not say what is better; write for example --metric ${of || 'loss'}:higher or --metric ${of || 'loss'}:lower.`,
    );
  return [of, { of, better, design: parseDesign(text, design) }];
}

function parseDesign(metric: string, design: string): DesignOf {
  if (design === 'fixed-test-set' || design === 'cross-validation' || design === 'events') return design;
  const share = Number(/^redrawn-split=(0?\.\d+)$/.exec(design)?.[1]);
  if (share > 0 && share < 1) return { redrawnSplit: share };
  throw new UsageError(
    `--metric ${metric} has the design ${design}${didYouMean(design, DESIGNS)}; there is ${DESIGNS.join(', ')}.`,
  );
}

/** `3`: the first three; `0,2,5`: these. @throws UsageError */
export function parseSeeds(text: string): readonly number[] {
  const list = text.split(',').map(Number);
  const wrong = list.some((seed) => !Number.isSafeInteger(seed) || seed < 0) || new Set(list).size < list.length;
  if (wrong || (list.length === 1 && list[0] === 0))
    throw new UsageError(`--seeds ${text} must be how many (3), or which (0,2,5), each once.`);
  return list.length > 1 ? list : Array.from({ length: list[0]! }, (_, seed) => seed);
}

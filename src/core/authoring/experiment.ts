/**
 * Experiments: a family of branches of one pipeline, the seeds that each of them runs with, and the numbers by which
 * they are judged. This file has what an experiment's author uses.
 */
import type { z } from 'zod';
import { DefinitionError } from '../../errors.ts';
import { Branch, type SomeParams } from './branch.ts';
import type { AnyPipeline, Pipeline } from './pipeline.ts';

/**
 * How the values of a metric depend on each other, which decides the standard error of a difference:
 * `fixed-test-set`: each seed trains again, and all are judged on the same data;
 * `redrawn-split`: each seed draws its own split, with this share of the data to judge on;
 * `cross-validation`: each instance of a node, such as a fold, is judged on its own part of the data;
 * `events`: a value for each event of one test set, the same events for all branches.
 */
export type DesignOf = 'fixed-test-set' | { readonly redrawnSplit: number } | 'cross-validation' | 'events';

/** A number by which branches are judged. */
export interface MetricOf {
  /**
   * As `restage compare` names it: `score.ams` of a result, `train-fold.loss` of a node's metric. In a
   * cross-validation, the metric of a node with instances: each of them is a value. Of events, a list of numbers in a
   * result, or a column of a table: `scores.loss`.
   */
  readonly of: string;
  readonly better: 'higher' | 'lower';
  readonly design: DesignOf;
  /** Differences up to this size, in the metric's own unit, make no difference in practice. */
  readonly equivalence?: number;
}

export interface ExperimentDefinition<P extends z.ZodType, C extends string> {
  readonly name: string;
  readonly pipeline: Pipeline<P>;
  /** The pipeline's file, relative to the experiment's; default: the index file beside it. */
  readonly file?: string;
  /** Parameters of the base, over the pipeline's own. */
  readonly base?: SomeParams<z.input<P>>;
  /** Parts of the pipeline that can be left out, each with the parameters that leave it out. */
  readonly components?: Readonly<Record<C, { readonly off: SomeParams<z.input<P>> }>>;
  /** The branches besides the base. */
  readonly branches: (
    base: Branch<z.input<P>, C>,
  ) => readonly (Branch<z.input<P>, C> | readonly Branch<z.input<P>, C>[])[];
  /** So many seeds, from 0, or these. Each branch runs once with each. Default: 1. */
  readonly seeds?: number | readonly number[];
  /** By name; the first counts most. */
  readonly metrics: Readonly<Record<string, MetricOf>>;
}

export interface Experiment {
  readonly name: string;
  readonly pipeline: AnyPipeline;
  readonly file: string | undefined;
  /** The base first. Their names differ. */
  readonly branches: readonly Branch[];
  /** The branches of each cumulative path by name: one component more in each, up to the branch that has them all. */
  readonly paths: readonly (readonly string[])[];
  readonly seeds: readonly number[];
  readonly metrics: Readonly<Record<string, MetricOf>>;
}

/**
 * Declares an experiment; the default export of a file beside its pipeline.
 *
 *     export default experiment({
 *       name: 'ingredients',
 *       pipeline: digits,
 *       components: { augmentation: { off: { augment: false } } },
 *       branches: (base) => [...base.leaveOneOut(), base.with({ train: { rate: 0.01 } })],
 *       seeds: 3,
 *       metrics: { accuracy: { of: 'score.accuracy', better: 'higher', design: 'fixed-test-set' } },
 *     });
 *
 * @throws DefinitionError
 */
export function experiment<P extends z.ZodType, const C extends string = never>(
  definition: ExperimentDefinition<P, C>,
): Experiment {
  const { name, pipeline, file, base: params = {}, components = {}, branches, seeds = 1, metrics } = definition;
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
    throw new DefinitionError(`The experiment name "${name}" is malformed; use lower-case letters, digits and dashes.`);
  const base = Branch.base<z.input<P>, C>(params as Readonly<Record<string, unknown>>, components);
  const given = [base, ...branchesMade(name, branches, base)];
  const all = distinct(name, given);
  const made: Experiment = {
    name,
    pipeline: pipeline,
    file,
    branches: all,
    paths: pathsOf(given, all),
    seeds: checkedSeeds(name, typeof seeds === 'number' ? firstSeeds(name, seeds) : seeds),
    metrics: checkedMetrics(name, metrics),
  };
  return Object.freeze({ ...made, [EXPERIMENT]: true });
}

export function isExperiment(value: unknown): value is Experiment {
  return typeof value === 'object' && value !== null && EXPERIMENT in value;
}

/** A branch may be listed twice, and the base too. @throws DefinitionError for two different branches of one name */
function distinct<B extends Pick<Branch, 'name' | 'patches'>>(
  experimentName: string,
  branches: readonly B[],
): readonly B[] {
  const byName = new Map<string, B>();
  for (const branch of branches) {
    const known = byName.get(branch.name);
    if (known !== undefined && JSON.stringify(known.patches) !== JSON.stringify(branch.patches))
      throw new DefinitionError(
        `Experiment ${experimentName} has two branches named ${branch.name}; give one of them another name with .as('name'), or leave it out.`,
      );
    if (known === undefined) byName.set(branch.name, branch);
  }
  return [...byName.values()];
}

/** @throws DefinitionError for anything but branches */
function branchesMade<B>(name: string, make: (base: B) => readonly (B | readonly B[])[], base: B): readonly B[] {
  const wanted = 'give branches: (base) => [base.with({ ... })]';
  if (typeof make !== 'function')
    throw new DefinitionError(`Experiment ${name} has no function "branches"; ${wanted}.`);
  const made: unknown = make(base);
  if (!Array.isArray(made))
    throw new DefinitionError(`The function "branches" of experiment ${name} does not return a list; ${wanted}.`);
  const flat = (made as readonly (B | readonly B[])[]).flat() as readonly B[];
  const wrong = flat.findIndex((branch: unknown) => !isBranch(branch));
  if (wrong >= 0)
    throw new DefinitionError(
      `Branch ${wrong + 1} of experiment ${name} is ${typeof flat[wrong]}; make each from the base: ${wanted}.`,
    );
  return flat;
}

/** Also one of another copy of restage. */
function isBranch(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'patches' in value && 'name' in value;
}

type Placed = Pick<Branch, 'name' | 'patches' | 'place'>;

/** @param given as they were listed: a step may be another branch of the experiment too, and the whole none of it */
function pathsOf(given: readonly Placed[], branches: readonly Placed[]): readonly (readonly string[])[] {
  const named = (patches: Branch['patches']): readonly string[] => {
    const text = JSON.stringify(patches);
    return branches
      .filter((branch) => JSON.stringify(branch.patches) === text)
      .map(({ name }) => name)
      .slice(0, 1);
  };
  const paths = new Map<symbol, Placed[]>();
  for (const branch of given)
    if (branch.place !== null) paths.set(branch.place.path, [...(paths.get(branch.place.path) ?? []), branch]);
  return [...paths.values()].map((steps) => {
    const inOrder = steps.toSorted((a, b) => a.place!.step - b.place!.step);
    return [...inOrder, steps[0]!.place!.end].flatMap(({ patches }) => named(patches));
  });
}

function firstSeeds(name: string, count: number): readonly number[] {
  if (!Number.isInteger(count) || count < 1)
    throw new DefinitionError(
      `Experiment ${name} has ${count} seeds; give a whole number of at least 1, or a list of seeds.`,
    );
  return Array.from({ length: count }, (_, seed) => seed);
}

function checkedSeeds(name: string, seeds: readonly number[]): readonly number[] {
  const wrong = seeds.find((seed) => !Number.isSafeInteger(seed) || seed < 0);
  if (seeds.length === 0 || wrong !== undefined)
    throw new DefinitionError(
      `Experiment ${name} has ${wrong === undefined ? 'an empty list of seeds' : `the seed ${wrong}`}; seeds are whole numbers from 0 to 2^53 - 1.`,
    );
  const twice = seeds.find((seed, index) => seeds.indexOf(seed) !== index);
  if (twice !== undefined)
    throw new DefinitionError(
      `Experiment ${name} has the seed ${twice} twice: that is the same run, not a second one.`,
    );
  return seeds;
}

function checkedMetrics(name: string, metrics: Readonly<Record<string, MetricOf>>): Experiment['metrics'] {
  if (Object.keys(metrics).length === 0)
    throw new DefinitionError(
      `Experiment ${name} has no metric to judge its branches by; give metrics: { ams: { of: 'score.ams', better: 'higher', design: 'fixed-test-set' } }.`,
    );
  for (const [metric, { of, better, design, equivalence }] of Object.entries(metrics)) {
    if (!/^\P{C}+$/u.test(metric))
      throw new DefinitionError(
        `Experiment ${name} has a metric named ${JSON.stringify(metric)}; give a name without line ends and control characters.`,
      );
    const where = `Metric ${metric} of experiment ${name}`;
    if (typeof of !== 'string' || of === '')
      throw new DefinitionError(`${where} does not say what it measures; give of: 'score.ams'.`);
    if (!['higher', 'lower'].includes(better))
      throw new DefinitionError(
        `${where} does not say whether higher or lower is better; give better: 'higher' or 'lower'.`,
      );
    if (design !== 'fixed-test-set' && design !== 'cross-validation' && design !== 'events' && !isShare(design))
      throw new DefinitionError(
        `${where} has no design; give design: 'fixed-test-set', 'cross-validation', 'events' or { redrawnSplit: 0.2 }, the share that is judged on.`,
      );
    if (equivalence !== undefined && !(equivalence > 0 && Number.isFinite(equivalence)))
      throw new DefinitionError(`${where} has the equivalence ${equivalence}; give a positive number.`);
  }
  return metrics;
}

function isShare(design: unknown): boolean {
  if (typeof design !== 'object' || design === null || !('redrawnSplit' in design)) return false;
  const share = design.redrawnSplit;
  return typeof share === 'number' && share > 0 && share < 1;
}

// Registered, so that an experiment is known across two copies of this module (source and build).
const EXPERIMENT = Symbol.for('restage.experiment');

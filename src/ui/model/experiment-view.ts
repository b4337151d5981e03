/**
 * What the view knows about an experiment while it runs: for each branch with each seed, how many of its nodes are in
 * which phase, and the values of its metrics once it is complete. Nodes that every branch needs are counted once, as
 * shared work.
 */
import type { ExperimentOutline, ExperimentRun } from '../../events.ts';
import { type Phase } from './node-view.ts';
import { noCounts } from './stage-view.ts';

/** Some nodes, and how many of them are in which phase. */
export interface NodeCounts {
  nodes: number;
  readonly counts: Record<Phase, number>;
}

/**
 * Where a branch with a seed is. `found`: nothing had to run for it. `begun`: some of its nodes have a state, none
 * runs.
 */
export type CellPhase = 'waiting' | 'begun' | 'running' | 'done' | 'found' | 'failed' | 'skipped' | 'interrupted';

export interface ExperimentRow {
  /** Null for the work that all branches share. */
  readonly branch: string | null;
  /** Each node once, whichever seeds need it. */
  readonly all: NodeCounts;
  readonly cells: ReadonlyMap<number, NodeCounts>;
  /** The first metric, by seed. */
  readonly values: Map<number, number>;
}

/** What a node is, and for which branches and seeds. */
export interface NodePlace {
  /** Its name in its branch: `train-fold@fold=3`. */
  readonly name: string;
  /** `base/seed-2`, `all branches`, `5 branches`. */
  readonly where: string;
}

export class ExperimentView {
  readonly outline: ExperimentOutline;
  /** In ascending order. */
  readonly seeds: readonly number[];
  readonly shared: ExperimentRow;
  /** The base first. */
  readonly branches: readonly ExperimentRow[];
  readonly #byName: ReadonlyMap<string, ExperimentRow>;
  /** For each node, every count that it is part of. */
  readonly #counts = new Map<string, readonly NodeCounts[]>();

  constructor(outline: ExperimentOutline) {
    this.outline = outline;
    this.seeds = [...new Set(outline.runs.map(({ seed }) => seed))].sort((a, b) => a - b);
    this.shared = newRow(null, this.seeds);
    const names = [...new Set(outline.runs.map(({ branch }) => branch))];
    this.branches = names.map((name) => {
      const own = outline.runs.filter(({ branch }) => branch === name);
      return newRow(
        name,
        own.map(({ seed }) => seed),
      );
    });
    this.#byName = new Map(this.branches.map((row) => [row.branch!, row]));
    for (const [node, runs] of Object.entries(outline.nodes)) {
      const counts = this.#countsOf(runs);
      for (const count of counts) count.nodes += 1;
      this.#counts.set(node, counts);
    }
  }

  /** `before` is undefined for a node that was in no phase. */
  moved(node: string, before: Phase | undefined, after: Phase): void {
    for (const { counts } of this.#counts.get(node) ?? []) {
      if (before !== undefined) counts[before] -= 1;
      counts[after] += 1;
    }
  }

  completed({ branch, seed, values }: ExperimentRun): void {
    const value = values[this.outline.metrics[0]?.name ?? ''] ?? null;
    if (value !== null) this.#byName.get(branch)?.values.set(seed, value);
  }

  /**
   * A branch that has nothing of its own is where the shared work is. Undefined for a seed that the branch does not run
   * with.
   */
  phaseOf(row: ExperimentRow, seed: number): CellPhase | undefined {
    const cell = row.cells.get(seed);
    if (cell === undefined) return undefined;
    return phaseOfCounts(cell.nodes > 0 ? cell : this.shared.cells.get(seed)!);
  }

  /** Undefined for a node that is none of the experiment's. */
  placeOf(node: string): NodePlace | undefined {
    const users = this.outline.nodes[node];
    if (users === undefined) return undefined;
    const { branch, seed } = this.outline.runs[users[0]!]!;
    return { name: node.slice(`${branch}/seed-${seed}/`.length), where: this.#whereOf(users) };
  }

  #whereOf(users: readonly number[]): string {
    const runs = users.map((run) => this.outline.runs[run]!);
    const branches = new Set(runs.map(({ branch }) => branch));
    const seeds = new Set(runs.map(({ seed }) => seed));
    const [{ branch, seed }] = runs as [(typeof runs)[number]];
    const who =
      branches.size === 1
        ? branch
        : branches.size === this.branches.length
          ? 'all branches'
          : `${branches.size} branches`;
    if (seeds.size === 1 && this.seeds.length > 1) return `${who}/seed-${seed}`;
    return who;
  }

  #countsOf(users: readonly number[]): readonly NodeCounts[] {
    const runs = users.map((run) => this.outline.runs[run]!);
    const branches = new Set(runs.map(({ branch }) => branch));
    const seeds = new Set(runs.map(({ seed }) => seed));
    // With a single branch nothing is shared.
    if (branches.size === this.branches.length && branches.size > 1)
      return [this.shared.all, ...[...seeds].map((seed) => this.shared.cells.get(seed)!)];
    return [
      ...[...branches].map((branch) => this.#byName.get(branch)!.all),
      ...runs.map(({ branch, seed }) => this.#byName.get(branch)!.cells.get(seed)!),
    ];
  }
}

function newRow(branch: string | null, seeds: readonly number[]): ExperimentRow {
  const none = (): NodeCounts => ({ nodes: 0, counts: noCounts() });
  return { branch, all: none(), cells: new Map(seeds.map((seed) => [seed, none()])), values: new Map() };
}

export function phaseOfCounts(cell: NodeCounts): CellPhase {
  const { counts, nodes } = cell;
  if (counts.failed > 0) return 'failed';
  if (counts.skipped > 0) return 'skipped';
  if (counts.interrupted > 0) return 'interrupted';
  if (withState(cell) === nodes) return counts.ran > 0 ? 'done' : 'found';
  if (counts.running > 0) return 'running';
  return withState(cell) > 0 ? 'begun' : 'waiting';
}

export function withState({ counts }: NodeCounts): number {
  return counts.hit + counts['cut-off'] + counts.ran;
}

/** The mean of the first metric over the seeds that have it; null without one. */
export function meanValue({ values }: ExperimentRow): number | null {
  return values.size === 0 ? null : [...values.values()].reduce((sum, value) => sum + value, 0) / values.size;
}

/** The mean difference to the base over the seeds that both have; null without one. */
export function meanDifference(row: ExperimentRow, base: ExperimentRow): number | null {
  const differences = [...row.values].flatMap(([seed, value]) => {
    const there = base.values.get(seed);
    return there === undefined ? [] : [value - there];
  });
  return differences.length === 0 ? null : differences.reduce((sum, each) => sum + each, 0) / differences.length;
}

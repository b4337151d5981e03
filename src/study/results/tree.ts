/**
 * A study as a tree of states, from the record: the trunk that all of its runs have, and under it each branch with the
 * states that it alone adds to its parent.
 */
import type { Cache } from '../../store/cache.ts';
import type { StudyBranchRun } from '../../store/record/studies.ts';
import type { StudyRecord } from '../../store/query/studies.ts';
import type { StudyDefinition } from '../definition/study-definition.ts';
import { RunValuesReader } from '../../audit/runs/run-values.ts';
import { findValue } from '../../audit/runs/run-value.ts';
import { countStages, type StageCount } from './stage-counts.ts';

export interface TreeBranch {
  readonly name: string;
  /** The nearest branch of the study that it was made from; null for the base. */
  readonly parent: string | null;
  /** The parameters in which it differs from the base, as `path=value`. */
  readonly changes: readonly string[];
  /** Its states that neither its parent nor the trunk has. */
  readonly own: readonly StageCount[];
  /** By metric: the mean over the seeds that have it, and how many these are. */
  readonly metrics: Readonly<Record<string, { readonly mean: number; readonly seeds: number }>>;
  readonly runs: readonly StudyBranchRun[];
  readonly children: readonly TreeBranch[];
}

export interface StudyTree {
  readonly study: string;
  /** The run that made the states. */
  readonly run: number;
  readonly seeds: readonly number[];
  /** The states that every branch has with every seed. */
  readonly trunk: readonly StageCount[];
  /** How many states the branches shown have in all, each once. */
  readonly states: number;
  readonly root: TreeBranch;
}

/**
 * @param shown whether a branch is shown; a branch whose parent is not hangs on the nearest one that is, or on the base
 */
export function studyTree(cache: Cache, record: StudyRecord, shown: (branch: string) => boolean): StudyTree {
  const definition = record.definition as StudyDefinition;
  const runs = cache.query.studies.branches(record.run);
  const kept = definition.branches.filter(({ name, parent }) => parent === null || shown(name));
  const statesOf = new Map(
    kept.map(({ name }) => [name, runs.filter(({ branch }) => branch === name).map((run) => statesIn(cache, run))]),
  );
  const trunk = shared([...statesOf.values()].flat().filter((states) => states.size > 0));
  const reader = new RunValuesReader(cache);
  const parentOf = parents(definition, new Set(kept.map(({ name }) => name)));
  const all = (name: string): ReadonlySet<number> => new Set(statesOf.get(name)!.flatMap((states) => [...states]));
  const branch = (each: (typeof kept)[number]): TreeBranch => {
    const parent = parentOf(each.name);
    const above = parent === null ? new Set<number>() : all(parent);
    const own = [...all(each.name)].filter((state) => !above.has(state) && !trunk.has(state));
    const ownRuns = runs.filter(({ branch: name }) => name === each.name);
    return {
      name: each.name,
      parent,
      changes: each.changes,
      own: countStages(cache.query, own),
      metrics: metricMeans(cache, reader, definition, ownRuns),
      runs: ownRuns,
      children: kept.filter(({ name }) => name !== each.name && parentOf(name) === each.name).map(branch),
    };
  };
  return {
    study: record.name,
    run: record.run,
    seeds: definition.seeds,
    trunk: countStages(cache.query, trunk),
    states: new Set([...statesOf.values()].flat().flatMap((states) => [...states])).size,
    root: branch(kept[0]!),
  };
}

/** Ids of the states of a branch with a seed; none of a run that did not finish. */
function statesIn({ query }: Cache, { run }: StudyBranchRun): ReadonlySet<number> {
  return new Set(run === null ? [] : query.visits.statesOf(run).map(({ state }) => state));
}

function shared(sets: readonly ReadonlySet<number>[]): ReadonlySet<number> {
  const [first, ...others] = sets;
  return new Set([...(first ?? [])].filter((state) => others.every((set) => set.has(state))));
}

/** For each branch the nearest kept one above it. */
function parents({ branches }: StudyDefinition, kept: ReadonlySet<string>): (branch: string) => string | null {
  const direct = new Map(branches.map(({ name, parent }) => [name, parent]));
  const base = branches[0]!.name;
  return (branch) => {
    if (branch === base) return null;
    let above = direct.get(branch) ?? base;
    // A branch may be made from one that is not in the study.
    while (!kept.has(above)) above = direct.get(above) ?? base;
    return above;
  };
}

function metricMeans(
  { query }: Cache,
  reader: RunValuesReader,
  { metrics }: StudyDefinition,
  runs: readonly StudyBranchRun[],
): TreeBranch['metrics'] {
  const means: Record<string, { mean: number; seeds: number }> = {};
  for (const [name, { of }] of Object.entries(metrics)) {
    const values = runs.flatMap(({ run }) => {
      const value = run === null ? undefined : findValue(reader.of(query.runs.get(run)!), of)?.value;
      return typeof value === 'number' && Number.isFinite(value) ? [value] : [];
    });
    if (values.length > 0)
      means[name] = { mean: values.reduce((sum, value) => sum + value, 0) / values.length, seeds: values.length };
  }
  return means;
}

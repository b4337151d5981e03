/** Experiments on record, their branches, and their branches with a seed, as words of a command line. */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { splitOutput } from '../../core/reference/reference.ts';
import { UsageError } from '../../errors.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { StudyRecord } from '../../store/query/studies.ts';
import type { StudyDefinition } from '../../study/definition/study-definition.ts';
import type { RunsOfBranch } from '../../study/results/why-branches.ts';

/** An experiment as it was run latest, or one branch of it. */
export interface BranchesMeant {
  readonly study: StudyRecord;
  /** Null for all branches. */
  readonly branch: string | null;
  /** In the order of the experiment's definition: branches, and their seeds. */
  readonly runs: readonly BranchRun[];
  /** Branches with a seed that did not finish. */
  readonly missing: readonly { readonly branch: string; readonly seed: number; readonly nodes: readonly string[] }[];
}

/** `ingredients/plain/seed-0`, alone or before the name of a node. */
const SEED = /^([^/]+)\/([^/]+)\/seed-(\d{1,15})(?=\/|$)/;

export interface BranchRun {
  readonly branch: string;
  readonly seed: number;
  readonly run: number;
}

/**
 * What `ingredients` or `ingredients/plain` means; undefined for a word that names no experiment, or no branch of one.
 */
export function branchesMeant({ studies }: Readers, word: string): BranchesMeant | undefined {
  const slash = word.indexOf('/');
  const study = studies.latest(slash < 0 ? word : word.slice(0, slash));
  if (study === undefined) return undefined;
  const all = studies.branches(study.run);
  const branch = slash < 0 ? null : word.slice(slash + 1);
  const names = branchNames(study);
  if (branch !== null && !names.includes(branch)) return undefined;
  const own = all
    .filter((each) => branch === null || each.branch === branch)
    .sort((a, b) => names.indexOf(a.branch) - names.indexOf(b.branch));
  return {
    study,
    branch,
    runs: own.flatMap(({ branch: name, seed, run }) => (run === null ? [] : [{ branch: name, seed, run }])),
    missing: own.flatMap(({ branch: name, seed, run, missing }) =>
      run === null ? [{ branch: name, seed, nodes: missing }] : [],
    ),
  };
}

/**
 * The sentence for `ingredients/plian`; undefined for a word that does not begin with an experiment, and for a node in
 * one.
 */
export function unknownBranch({ studies, visits }: Readers, word: string): UsageError | undefined {
  const slash = word.indexOf('/');
  const study = slash < 0 ? undefined : studies.latest(word.slice(0, slash));
  if (study === undefined) return undefined;
  const [, , ofSeed, seed] = SEED.exec(word) ?? [];
  const run = studies.branches(study.run).find((each) => each.branch === ofSeed && each.seed === Number(seed));
  if (run !== undefined)
    return run.run !== null
      ? undefined
      : new UsageError(
          `${study.name}/${run.branch} is not complete with seed ${run.seed}: ${run.missing[0]!} did not finish; continue with restage ablate.`,
        );
  const branch = word.slice(slash + 1);
  const isNode = [branch, splitOutput(branch)?.owner ?? branch].some((name) => visits.whereabouts(name).length > 0);
  if (isNode) return undefined;
  return new UsageError(
    `Experiment ${study.name} has no branch ${branch}${didYouMean(branch, branchNames(study))}; "restage tree ${study.name}" shows them.`,
  );
}

/** As `branchesMeant`, where a node that is called like the experiment comes first. */
export function branchesUnlessNode(query: Readers, word: string): BranchesMeant | undefined {
  const isNode = !word.includes('/') && query.visits.whereabouts(word).length > 0;
  return isNode ? undefined : branchesMeant(query, word);
}

/**
 * `ingredients/plain/seed-0/score` with the run that this is in the latest run of the experiment: `run:7/score`. Its
 * tag may be on several runs, since an experiment can be run again with other code. Any other word as it is.
 */
export function withBranchRun({ studies }: Readers, word: string): string {
  const [whole, name, branch, seed] = SEED.exec(word) ?? [];
  const study = name === undefined ? undefined : studies.latest(name);
  if (study === undefined) return word;
  const found = studies.branches(study.run).find((each) => each.branch === branch && each.seed === Number(seed));
  return found?.run == null ? word : `run:${found.run}${word.slice(whole!.length)}`;
}

/** The sentence for a word that means several runs where one is needed. */
export function oneRunNeeded({ study, branch, runs }: BranchesMeant): UsageError {
  const [first] = runs;
  const what = branch === null ? `all branches of experiment ${study.name}` : `a branch of experiment ${study.name}`;
  const word = branch === null ? study.name : `${study.name}/${branch}`;
  return new UsageError(
    first === undefined
      ? `${word} is ${what}, and no run of it is complete; continue with restage ablate.`
      : `${word} is ${what}, with ${runs.length === 1 ? 'a run' : `${runs.length} runs`}; name one of them, such as ${study.name}/${first.branch}/seed-${first.seed}.`,
  );
}

/** The branches of an experiment on record; the first is the base, with which the others are compared. */
export function branchNames({ definition }: StudyRecord): readonly string[] {
  return (definition as StudyDefinition).branches.map(({ name }) => name);
}

/** The runs of one branch, by seed. */
export function runsOfBranch({ studies }: Readers, { run }: StudyRecord, branch: string): RunsOfBranch {
  const own = studies.branches(run).filter((each) => each.branch === branch);
  return { branch, runs: new Map(own.flatMap((each) => (each.run === null ? [] : [[each.seed, each.run] as const]))) };
}

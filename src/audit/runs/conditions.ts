/** Under which conditions runs were made, besides their parameters, and in which of them they differ. */
import { isDeepStrictEqual } from 'node:util';
import type { Digest } from '../../core/identity/digest.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { RunRecord } from '../../store/query/runs.ts';

/** Something that each run has its own value of; a run that has none is not in it. By the run's number. */
export type ByRun<T> = Readonly<Record<number, T>>;

export interface ComparedFact {
  /** `seed`, `backend`, `node`, `restage`, `host` */
  readonly name: string;
  readonly values: ByRun<string | number>;
}

export interface ComparedCode {
  readonly stage: string;
  readonly values: ByRun<Digest>;
}

export interface ComparedField {
  /** A package (`zod`), or a field of the key: `env.NAME`, `reads.FILE`, `backend`, `runtime`, `schema` */
  readonly name: string;
  /** The stages in which it differs in this way. */
  readonly stages: readonly string[];
  readonly values: ByRun<{ readonly preview: string; readonly digest: Digest }>;
}

export interface ComparedFile {
  readonly path: string;
  readonly values: ByRun<Digest>;
}

/** What differs, and nothing that is the same in all runs. */
export interface ComparedConditions {
  readonly facts: readonly ComparedFact[];
  readonly code: readonly ComparedCode[];
  readonly packages: readonly ComparedField[];
  readonly environment: readonly ComparedField[];
  /** Files that nodes took as inputs. */
  readonly files: readonly ComparedFile[];
}

/** @param samePipeline whether what one run has and another lacks is a difference, and not what other pipelines have */
export function compareConditions(
  query: Readers,
  runs: readonly RunRecord[],
  samePipeline: boolean,
): ComparedConditions {
  const fields = fieldsThatDiffer(query, runs);
  const named = (of: (name: string) => boolean): readonly FieldOfStages[] => fields.filter(({ name }) => of(name));
  const isPackage = (name: string): boolean => name.startsWith(PACKAGE);
  return {
    facts: factsThatDiffer(query, runs),
    code: named((name) => name === 'code').flatMap(({ stages, values }) =>
      stages.map((stage) => ({ stage, values: mapValues(values, ({ digest }) => digest) })),
    ),
    packages: named(isPackage).map((field) => ({ ...field, name: field.name.slice(PACKAGE.length) })),
    environment: named((name) => name !== 'code' && !isPackage(name)),
    files: filesThatDiffer(query, runs, samePipeline),
  };
}

const PACKAGE = 'dep.';

function factsThatDiffer(query: Readers, runs: readonly RunRecord[]): readonly ComparedFact[] {
  const names = ['node', 'restage', 'host'] as const;
  const facts = runs.map((run) => {
    const environment = (query.runs.environment(run.id) ?? {}) as Readonly<Record<string, unknown>>;
    const told = names.flatMap((name) => {
      const value = environment[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    });
    return new Map<string, string | number>([['seed', run.seed], ['backend', run.backend], ...told]);
  });
  return ['seed', 'backend', ...names]
    .map((name) => ({ name, values: byRun(runs, (_, index) => facts[index]!.get(name)) }))
    .filter(({ values }) => differ(Object.values(values)));
}

type FieldOfStages = ComparedField;

/**
 * A stage that has no state in a run says nothing about it. Where it has states, a field that is missing (a package
 * that it does not reach) is a difference.
 */
function fieldsThatDiffer(query: Readers, runs: readonly RunRecord[]): readonly FieldOfStages[] {
  const byStage = runs.map((run) => {
    const stages = new Map<string, Map<string, { preview: string; digest: Digest }>>();
    for (const { stage, name, digest, preview } of query.conditions.stageFields(run.id)) {
      const fields = stages.get(stage) ?? new Map<string, { preview: string; digest: Digest }>();
      stages.set(stage, fields.set(name, { preview, digest }));
    }
    return stages;
  });
  const alike = new Map<string, { name: string; stages: string[]; values: ComparedField['values'] }>();
  for (const stage of new Set(byStage.flatMap((stages) => [...stages.keys()]))) {
    const having = runs.filter((_, index) => byStage[index]!.has(stage));
    const of = (run: RunRecord) => byStage[runs.indexOf(run)]!.get(stage)!;
    for (const name of new Set(having.flatMap((run) => [...of(run).keys()]))) {
      if (!differ(having.map((run) => of(run).get(name)?.digest))) continue;
      const values = byRun(having, (run) => of(run).get(name));
      const key = JSON.stringify([name, values]);
      const known = alike.get(key);
      if (known === undefined) alike.set(key, { name, stages: [stage], values });
      else known.stages.push(stage);
    }
  }
  return [...alike.values()];
}

/** A run that failed may not have come to a file. */
function filesThatDiffer(query: Readers, runs: readonly RunRecord[], samePipeline: boolean): readonly ComparedFile[] {
  const files = runs.map((run) => new Map(query.conditions.files(run.id).map(({ path, digest }) => [path, digest])));
  return [...new Set(files.flatMap((each) => [...each.keys()]))]
    .filter((path) => {
      const telling = runs.map((run, at) => files[at]!.has(path) || (samePipeline && run.outcome === 'ok'));
      return differ(files.filter((_, at) => telling[at]).map((each) => each.get(path)));
    })
    .map((path) => ({ path, values: byRun(runs, (_, index) => files[index]!.get(path)) }));
}

/** Leaves out runs without a value. */
export function byRun<T>(
  runs: readonly RunRecord[],
  valueOf: (run: RunRecord, index: number) => T | undefined,
): ByRun<T> {
  return Object.fromEntries(
    runs.flatMap((run, index) => {
      const value = valueOf(run, index);
      return value === undefined ? [] : [[run.id, value] as const];
    }),
  );
}

export function differ(values: readonly unknown[]): boolean {
  return values.some((value) => !isDeepStrictEqual(value, values[0]));
}

function mapValues<A, B>(values: ByRun<A>, of: (value: A) => B): ByRun<B> {
  return Object.fromEntries(Object.entries(values).map(([run, value]) => [run, of(value)]));
}

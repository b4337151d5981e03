/** `open`: reads the record from code. It returns as values what the command line shows. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Field } from '../core/identity/cache-key.ts';
import type { Access } from '../core/authoring/access.ts';
import { decodeArtifact } from '../core/artifact/registry.ts';
import type { CacheKey, Digest } from '../core/identity/digest.ts';
import { UsageError } from '../errors.ts';
import { projectRoot } from '../identity/environment/package-root.ts';
import { Cache } from '../store/cache.ts';
import type { AttemptRecord, LogRecord, MetricRecord } from '../store/query/attempts.ts';
import type { EquivalenceRecord } from '../store/query/equivalences.ts';
import type { InputRecord } from '../store/query/lineage.ts';
import type { RunRecord } from '../store/query/runs.ts';
import type { VisitCounts, VisitRecord } from '../store/query/visits.ts';
import { findReference, outputOf } from '../store/reference/find.ts';
import type { Found } from '../store/reference/found.ts';
import { costOfLatest, costOfRun, type CostReport, type RunCostReport } from './cost/run-cost.ts';
import { runReport, type RunReportFacts } from './report/run-report.ts';
import type { Comparison } from './runs/compare-runs.ts';
import type { MetricHistory } from './runs/metric-history.ts';
import { type CompareQuestion, type MetricsQuestion, RunQuestions } from './runs/question.ts';
import { against, type AgainstBaseline } from './verify/against.ts';
import { type Baseline, baselineOf } from './verify/baseline.ts';
import type { Tolerance } from './verify/judge.ts';
import { runsNamed, whyRuns, type WhyRuns } from './why/why-runs.ts';

import { comparable, type Comparable, diff, type Diff } from './diff/diff.ts';
import type { WorkingDiff } from './diff/diff-working.ts';
import type { CacheRequest } from '../planning/request/request.ts';
import type { Exported, ExportTargets } from '../export/export.ts';
import type { How } from './lineage/how.ts';
import type { Uses } from './lineage/uses.ts';
import { resolveCacheDirectory, resolveRequest } from '../planning/request/resolve-request.ts';

/** Which cache; default: `cache/` beside the nearest package.json of the working directory. */
export type OpenRequest = CacheRequest;

/** Everything on record about a node's latest state. */
export interface NodeRecord {
  readonly node: string;
  /** The run in which the node had this state last. */
  readonly run: number;
  /** The node's latest visit, which may have failed: it has another state than this one then, or none. */
  readonly latest: VisitRecord;
  readonly state: CacheKey;
  readonly fields: readonly Field[];
  readonly inputs: readonly InputRecord[];
  readonly outputs: readonly {
    readonly name: string;
    readonly kind: string;
    readonly digest: Digest;
    readonly bytes: number;
  }[];
  readonly attempt: AttemptRecord | undefined;
  readonly metrics: readonly MetricRecord[];
  readonly log: readonly LogRecord[];
  /** Whether anything watched what the attempt reached besides its inputs; `accesses` is empty if not. */
  readonly observed: boolean;
  readonly accesses: readonly Access[];
}

/** A cache opened for reading. Close it when done. */
export interface Reader extends Disposable {
  readonly directory: string;
  /** The latest runs, newest first. */
  runs(limit?: number): readonly (RunRecord & { readonly counts: VisitCounts })[];
  /**
   * The latest state of a node; undefined if it never had one. The node may be given in a run (`run:3/score`), a tag
   * (`baseline/score`) or a pipeline (`higgs:score`).
   * @throws UsageError if nodes of several pipelines are called so
   */
  node(node: string): NodeRecord | undefined;
  /**
   * The value of an output of a node's latest state, decoded. `node` may be any reference to a state, such as
   * `run:3/score` or a digest.
   * @throws UsageError, ArtifactCorruptError, DecodeError
   */
  read(node: string, output: string): unknown;
  /** What the latest runs took and saved, by run and by stage. */
  cost(limit?: number): CostReport;
  /**
   * What a run took and saved, and its longest chain of nodes. `run` is any reference to a run, such as `run:3`.
   * @throws UsageError if it names none
   */
  costOf(run: string): RunCostReport;
  /**
   * How something was made, down to its inputs: a number as it was printed, a metric or value (`score.ams`), a file, or
   * any reference. With `today: false`, nothing is compared with today.
   * @throws UsageError for what is not on record, or is ambiguous
   */
  how(what: string, options?: { readonly today?: boolean }): Promise<How>;
  /** What was made from something: a file, or any reference. @throws UsageError */
  uses(what: string): Promise<Uses>;
  /**
   * Runs side by side: what differs between them, their results and metrics; by default the last two.
   * @throws UsageError
   */
  compare(question?: CompareQuestion): Comparison;
  /** How metrics went, step by step; by default those of the latest run. @throws UsageError */
  metrics(question?: MetricsQuestion): readonly MetricHistory[];
  /**
   * What made a run differ from another one, by root causes. Runs by number or reference; with one, the run before it
   * is compared with it, and with none the last two.
   * @throws UsageError for what is not a run, and for runs of two pipelines
   */
  why(before?: string | number, after?: string | number): WhyRuns;
  /**
   * What a report of a run tells; by default of the latest run. Of an experiment, by its name, the run that made the
   * states of its branches. `reportPage` writes it as HTML. @throws UsageError
   */
  report(what?: string): RunReportFacts;
  /** What was accepted (`restage accept`), in force or over; the latest first. */
  equivalences(): readonly EquivalenceRecord[];
  /** How two runs, states, outputs or codes differ. @throws UsageError for two of different kinds */
  diff(before: string, after: string): Diff;
  /**
   * How a run differs from what a run of its pipeline would be now, with the parameters that the pipeline gives itself.
   * @throws UsageError for what is not a run, RestageError if the pipeline as it is now is wrong
   */
  diffWorking(run: string): Promise<WorkingDiff>;
  /** A run as a baseline for later ones: a plain object to be kept as JSON. @throws UsageError */
  baseline(run: string): Baseline;
  /**
   * Writes a run, or what something was made of, as `restage export` does; what exists is refused without `force`.
   * @throws UsageError
   */
  export(
    what: string,
    targets: ExportTargets,
    options?: { readonly withData?: boolean; readonly license?: string; readonly force?: boolean },
  ): Promise<readonly Exported[]>;
  /** What of a run is not as a baseline says; numbers may differ by the tolerance. @throws UsageError */
  against(baseline: Baseline, run: string, tolerance?: Partial<Tolerance>): AgainstBaseline;
  close(): void;
}

/** @throws CacheError, UsageError */
export function openReader(request: OpenRequest = {}): Reader {
  const cache = Cache.openToLook(resolveCacheDirectory(request));
  const { query } = cache;
  const workingDirectory = request.workingDirectory ?? process.cwd();
  const root = projectRoot(workingDirectory);
  const isThere = (source: string): boolean => root === undefined || existsSync(join(root, source));
  const find = (reference: string): Found | undefined => findReference(query, reference, { isThere });
  const runOf = (reference: string): RunRecord => {
    const found = find(reference);
    if (found?.kind === 'run') return found.run;
    throw new UsageError(`${reference} is not a run in ${cache.directory}; name one as run:N or by its tag.`);
  };
  const search = { find, directory: workingDirectory };
  const questions = new RunQuestions(cache, find);
  const sideOf = (reference: string): Comparable => {
    const found = find(reference);
    if (found !== undefined) return comparable(cache, reference, found);
    throw new UsageError(`Nothing in ${cache.directory} is called ${reference}.`);
  };
  return {
    directory: cache.directory,
    runs: (limit = 20) => query.runs.list({ limit }).map((run) => ({ ...run, counts: query.visits.counts(run.id) })),
    node(reference) {
      const found = find(reference);
      if (found?.kind !== 'node' || found.state === undefined) return undefined;
      const { node, state, pipeline, inRun } = found;
      const latest = found.latest!;
      const scope = inRun ? { run: latest.run } : { pipeline };
      const visit = query.visits.latest(node, { ...scope, having: 'state' })!;
      const attempt = query.attempts.get(state.attempt);
      return {
        node,
        run: visit.run,
        latest,
        state: state.key,
        fields: query.states.fields(state.id),
        inputs: query.lineage.inputs(state.id),
        outputs: query.states.outputs(state.id).map(({ name, kind, digest, bytes }) => ({ name, kind, digest, bytes })),
        attempt,
        metrics: attempt === undefined ? [] : query.attempts.metrics(attempt.id),
        log: attempt === undefined ? [] : query.attempts.log(attempt.id),
        ...query.accesses.of(state.id),
      };
    },
    read(reference, name) {
      const found = find(reference);
      const state = found?.kind === 'node' || found?.kind === 'state' ? found.state : undefined;
      if (state === undefined)
        throw new UsageError(`Node ${reference} has no state in ${cache.directory}; run it first.`);
      const { output } = outputOf(query, state, name, reference, undefined);
      return decodeArtifact(output.kind, cache.read(output), output.name);
    },
    cost: (limit = 20) => costOfLatest(query, limit),
    costOf: (reference) => costOfRun(query, runOf(reference)),
    how: async (what, { today = true } = {}) =>
      (await import('./lineage/how.ts')).howOf(cache, what, search, today ? { root, workingDirectory } : undefined),
    uses: async (what) => (await import('./lineage/uses.ts')).usesOf(cache, what, search),
    compare: (question = {}) => questions.compare(question),
    metrics: (question = {}) => questions.metrics(question),
    why: (...runs) =>
      whyRuns(
        cache,
        ...runsNamed(
          cache,
          find,
          runs.filter((run) => run !== undefined),
        ),
      ),
    report(what) {
      const study = what === undefined ? undefined : query.studies.latest(what);
      return runReport(cache, study === undefined ? runOf(what ?? 'run:latest') : query.runs.get(study.run)!);
    },
    equivalences: () => query.equivalences.list(),
    diff: (before, after) => diff(cache, sideOf(before), sideOf(after)),
    async diffWorking(reference) {
      const run = runOf(reference);
      if (root === undefined)
        throw new UsageError(
          `No package.json was found above ${workingDirectory}; open the cache from the folder of the project.`,
        );
      const { diffWorking } = await import('./diff/diff-working.ts');
      const request = { pipeline: join(root, run.source), workingDirectory: root, cacheDirectory: cache.directory };
      return diffWorking(cache, run, resolveRequest(request));
    },
    baseline: (reference) => baselineOf(cache, runOf(reference)),
    against: (baseline, reference, { ulp = 0, relative = 0 } = {}) =>
      against(baseline, baselineOf(cache, runOf(reference)), { ulp, relative }),
    async export(what, targets, { withData = false, license, force = false } = {}) {
      const { exportSubject, exportSubjectOf } = await import('../export/export.ts');
      const { writeFileWhole } = await import('../export/whole.ts');
      const subject = await exportSubjectOf(cache, what, search);
      return exportSubject(cache, subject, absolute(targets, workingDirectory), {
        ...{ withData, license, force },
        writeFile: writeFileWhole,
      });
    },
    close: () => cache.close(),
    [Symbol.dispose]: () => cache.close(),
  };
}

function absolute(targets: ExportTargets, directory: string): ExportTargets {
  return Object.fromEntries(
    Object.entries(targets).map(([format, path]: [string, string]) => [format, resolve(directory, path)]),
  );
}

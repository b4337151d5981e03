/**
 * A run as the questions about it see it: its parameters by path, its nodes with what became of them, its results. The
 * view is read from the record once, and knows nothing of today's code.
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { leavesOf } from '../../core/params/paste.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { VisitRecord } from '../../store/query/visits.ts';
import type { RunResult } from '../../store/record/facts.ts';

export interface RunView {
  readonly run: RunRecord;
  /** The run's parameters after parsing, by path (`train.rate`); a list is one value. */
  readonly params: ReadonlyMap<string, CanonicalValue>;
  /** What became of each node, by its id, in the order of the nodes' first appearance in the record. */
  readonly nodes: ReadonlyMap<string, VisitRecord>;
  /** The outputs that the pipeline named as its results. */
  readonly results: readonly RunResult[];
}

export function viewRun(query: Readers, run: RunRecord): RunView {
  return {
    run,
    params: paramsOf(run),
    nodes: new Map(query.visits.ofRun(run.id).map((visit) => [visit.node, visit])),
    results: query.runs.results(run.id),
  };
}

/** A run's parameters by path. */
export function paramsOf(run: Pick<RunRecord, 'params'>): ReadonlyMap<string, CanonicalValue> {
  return new Map(leavesOf(run.params as CanonicalValue).map(({ path, value }) => [path, value]));
}

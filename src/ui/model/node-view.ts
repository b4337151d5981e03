/** What is known of a node while its run goes on: the part of the view's state that events about it change. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Failure, NodeProgress } from '../../events.ts';
import { Series } from './series.ts';

/** Where a node stands. Before the first word of it, it is in none of these. */
export const PHASES = ['waiting', 'queued', 'running', 'hit', 'cut-off', 'ran', 'failed', 'skipped'] as const;
export type Phase = (typeof PHASES)[number];

export interface NodeView {
  readonly node: string;
  readonly stage: string;
  phase: Phase;
  /** The run of another process that makes its state, while it waits for that; null if unknown. */
  waitsFor: number | null;
  /** Why it runs, in one clause; empty for a hit. */
  reason: string;
  /** The state that it has in the end. */
  state: string | null;
  /** Seconds that the attempt took which made the state. */
  seconds: number | null;
  peakMiB: number | null;
  failure: Failure | null;
  /** The node whose failure kept it from running. */
  because: string | null;
  /** What its latest attempt told; null before it starts, and when it ended so long ago that it was forgotten. */
  attempt: AttemptView | null;
}

export interface AttemptView {
  readonly attempt: number;
  readonly worker: string;
  readonly backend: string | null;
  readonly params: CanonicalValue;
  readonly startedAt: number;
  endedAt: number | null;
  progress: ProgressView | null;
  /** By name, in the order of their first values; at most `MOST_METRICS`. */
  readonly metrics: Map<string, MetricView>;
  /** The last lines, at most `LOG_TAIL`. */
  readonly log: string[];
  /** How many lines there were before those. */
  forgottenLines: number;
}

export interface ProgressView {
  readonly done: number;
  readonly total: number;
  readonly note: string | null;
  readonly at: number;
  /** Of the first progress that was told: a stage that resumes does not begin at 0. */
  readonly firstDone: number;
  readonly firstAt: number;
}

export interface MetricView {
  value: number;
  step: number | null;
  readonly series: Series;
}

export const LOG_TAIL = 200;
export const MOST_METRICS = 32;
const LONGEST_LINE = 500;
/** Values of a metric that are kept: more than a terminal has columns. */
const SERIES = 256;

export function addProgress(attempt: AttemptView, { done, total, note, at }: NodeProgress): void {
  const before = attempt.progress;
  // A stage may count again from the start, for a second part of its work.
  const isFirst = before === null || done < before.done;
  attempt.progress = {
    done,
    total,
    note,
    at,
    firstDone: isFirst ? done : before.firstDone,
    firstAt: isFirst ? at : before.firstAt,
  };
}

export function addMetric({ metrics }: AttemptView, name: string, value: number, step: number | null): void {
  let metric = metrics.get(name);
  if (metric === undefined) {
    if (metrics.size === MOST_METRICS) return;
    metric = { value, step, series: new Series(SERIES) };
    metrics.set(name, metric);
  }
  metric.value = value;
  metric.step = step;
  metric.series.add(value);
}

export function addLogLine(attempt: AttemptView, text: string): void {
  attempt.log.push(shortened(text));
  if (attempt.log.length <= LOG_TAIL) return;
  attempt.log.shift();
  attempt.forgottenLines += 1;
}

export function shortened(text: string): string {
  return text.length <= LONGEST_LINE ? text : `${text.slice(0, LONGEST_LINE - 1)}…`;
}

/** The metric that says how good a network is getting: a loss, of validation if there is one. */
export function lossOf({ metrics }: AttemptView): MetricView | undefined {
  let best: MetricView | undefined;
  let rank = 0;
  for (const [name, metric] of metrics) {
    if (metric.step === null) continue;
    const of = !/loss/i.test(name) ? 0 : /val/i.test(name) ? 2 : 1;
    if (of > rank) [best, rank] = [metric, of];
  }
  return best;
}

/** The learning rate, by whichever usual name. */
export function rateOf({ metrics }: AttemptView): MetricView | undefined {
  for (const [name, metric] of metrics) if (/learning.?rate|^lr\b/i.test(name)) return metric;
  return undefined;
}

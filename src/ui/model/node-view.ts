/** What the view knows about one node: its phase, and what its latest attempt told. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Failure, NodeHeld, NodeProgress } from '../../events.ts';
import { Series } from './series.ts';

/** The phases of a node. A node that no event has named yet is in none of them. */
export const PHASES = [
  'waiting',
  'queued',
  'running',
  'hit',
  'cut-off',
  'ran',
  'failed',
  'skipped',
  'interrupted',
  'detached',
  'left',
] as const;
export type Phase = (typeof PHASES)[number];

export interface NodeView {
  readonly node: string;
  readonly stage: string;
  phase: Phase;
  /**
   * Another run, of another process, that makes the state or made it meanwhile; null if there is none or it is unknown.
   */
  otherRun: number | null;
  /** Others of its stage that it waits for although a device is free; null if it waits for none. */
  held: HeldView | null;
  /** The remote that its state came from; null if it came from none. */
  remote: string | null;
  /** Why it runs, in one clause; empty for a hit. */
  reason: string;
  /** The key of its state, once it has one. */
  state: string | null;
  /** Seconds of the attempt that made the state. */
  seconds: number | null;
  peakMiB: number | null;
  failure: Failure | null;
  /** The failed node that this one needs, where it was skipped for that. */
  because: string | null;
  /** Null before its first attempt starts, and again once many other nodes have ended after it. */
  attempt: AttemptView | null;
}

export interface HeldView extends Pick<NodeHeld, 'stage' | 'more'> {
  /** When the wait ends at the latest, in milliseconds, as the times of the events are. */
  readonly until: number;
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
  /** How many earlier lines were dropped. */
  forgottenLines: number;
}

export interface ProgressView {
  readonly done: number;
  readonly total: number;
  readonly note: string | null;
  readonly at: number;
  /** The first progress that was told: a resumed stage does not begin at 0. */
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
/** Values kept of a metric: more than a terminal has columns. */
const SERIES = 256;

export function newNode(node: string, stage: string, phase: Phase): NodeView {
  return {
    node,
    stage,
    phase,
    otherRun: null,
    held: null,
    remote: null,
    reason: '',
    state: null,
    seconds: null,
    peakMiB: null,
    failure: null,
    because: null,
    attempt: null,
  };
}

export function addProgress(attempt: AttemptView, { done, total, note, at }: NodeProgress): void {
  const before = attempt.progress;
  // A stage may count from the start again, for a second part of its work.
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

/** How well a metric's name and step fit a loss: 2 for a validation loss, 1 for another loss, 0 for anything else. */
export function lossRank(name: string, step: number | null): 0 | 1 | 2 {
  if (step === null || !/loss/i.test(name)) return 0;
  return /val/i.test(name) ? 2 : 1;
}

/** Whether a metric is a learning rate, by its usual names. */
export function isRate(name: string): boolean {
  return /learning.?rate|^lr\b/i.test(name);
}

/** The metric that shows how a training goes: a loss, of the validation if there is one. */
export function lossOf({ metrics }: AttemptView): MetricView | undefined {
  let best: MetricView | undefined;
  let bestRank = 0;
  for (const [name, metric] of metrics) {
    const rank = lossRank(name, metric.step);
    if (rank > bestRank) [best, bestRank] = [metric, rank];
  }
  return best;
}

export function rateOf({ metrics }: AttemptView): MetricView | undefined {
  for (const [name, metric] of metrics) if (isRate(name)) return metric;
  return undefined;
}

/** Metrics of a run that have a history: a series for each node, thinned so that a report stays small. */
import type { Readers } from '../../store/query/readers.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { metricHistories } from '../runs/metric-history.ts';
import { nameOfNode } from '../lineage/fold.ts';
import { thinned, type ThinnedSeries } from './thinned.ts';

export interface ReportHistory {
  /** The name of its nodes without their keys, and of the metric. */
  readonly group: string;
  readonly metric: string;
  /** Whether every value has a step; else the place in the series counts, from 0. */
  readonly hasSteps: boolean;
  readonly series: readonly (ThinnedSeries & { readonly node: string })[];
  /** Across the series at each step, where there are too many to be told apart; else null. */
  readonly band: readonly StepSpread[] | null;
}

/** Of the series that have a finite value at a step. */
export interface StepSpread {
  readonly x: number;
  readonly series: number;
  readonly least: number;
  readonly median: number;
  readonly greatest: number;
}

const MOST_POINTS = 400;
/** More lines than this are shown by their least, median and greatest. */
const MOST_LINES = 20;

/** Those with more than one value, in the order of the nodes in the record. */
export function reportHistories(query: Readers, run: RunRecord): readonly ReportHistory[] {
  const groups = new Map<string, { group: string; metric: string; hasSteps: boolean; all: Series[] }>();
  for (const { node, metric, points } of metricHistories(query, [run])) {
    if (points.length < 2) continue;
    const group = nameOfNode(node);
    const key = JSON.stringify([group, metric]);
    const known = groups.get(key) ?? { group, metric, hasSteps: true, all: [] };
    groups.set(key, known);
    known.hasSteps &&= points.every(({ step }) => step !== null);
    known.all.push({ node, points });
  }
  return [...groups.values()].map(({ group, metric, hasSteps, all }) => {
    const isCrowd = all.length > MOST_LINES;
    const most = isCrowd ? Math.max(4, Math.floor((MOST_LINES * MOST_POINTS) / all.length)) : MOST_POINTS;
    const series = all.map(({ node, points }) => ({
      node,
      ...thinned(
        points.map(({ step, value }, index) => ({ x: hasSteps ? step! : index, y: value })),
        most,
      ),
    }));
    return { group, metric, hasSteps, series, band: isCrowd ? spreadOf(all, hasSteps) : null };
  });
}

interface Series {
  readonly node: string;
  readonly points: readonly { readonly step: number | null; readonly value: number }[];
}

/** At no more than 400 steps, evenly chosen. */
function spreadOf(all: readonly Series[], hasSteps: boolean): readonly StepSpread[] {
  const byStep = new Map<number, number[]>();
  for (const { points } of all)
    for (const [index, { step, value }] of points.entries()) {
      if (!Number.isFinite(value)) continue;
      const x = hasSteps ? step! : index;
      const known = byStep.get(x);
      if (known === undefined) byStep.set(x, [value]);
      else known.push(value);
    }
  const steps = [...byStep.keys()].sort((a, b) => a - b);
  const stride = Math.max(1, Math.ceil(steps.length / MOST_POINTS));
  return steps
    .filter((_, index) => index % stride === 0 || index === steps.length - 1)
    .map((x) => {
      const values = byStep.get(x)!.sort((a, b) => a - b);
      const median = (values[(values.length - 1) >> 1]! + values[values.length >> 1]!) / 2;
      return { x, series: values.length, least: values[0]!, median, greatest: values.at(-1)! };
    });
}

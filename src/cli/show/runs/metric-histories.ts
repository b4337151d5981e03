/** How metrics went, in lines: a row a metric of a node's state; the instances of a fan-out as one row. */
import type { MetricHistory } from '../../../audit/runs/metric-history.ts';
import { groupOf } from '../../../audit/runs/run-values.ts';
import { formatNumber } from '../../../ui/text/format.ts';
import { sparkline } from '../../../ui/text/sparkline.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';
import { extentOf } from './attempt.ts';
import { runNumbers } from '../words/value-words.ts';

export interface HistoryRow {
  readonly node: string;
  readonly metric: string;
  readonly runs: readonly number[];
  /** Of how many instances these are the means. */
  readonly count: number;
  readonly values: readonly number[];
  readonly least: number;
  readonly most: number;
}

const WIDEST_LINE = 24;

/** @param expand whether each instance of a fan-out has a row of its own */
export function historyLines(
  histories: readonly MetricHistory[],
  expand: boolean,
  { width }: Screen,
): readonly string[] {
  const rows = historyRows(histories, expand);
  const columns = [
    { title: 'metric', least: 12 },
    { title: 'run', least: 4 },
    { title: 'mean of', sparse: true, rank: 1 },
    { title: 'steps' },
    { title: 'first' },
    { title: 'last' },
    { title: 'min', rank: 3 },
    { title: 'max', rank: 2 },
    { title: '', least: 8, rank: 0 },
  ];
  return tableLines(
    columns,
    rows.map(({ node, metric, runs, count, values, least, most }) => [
      `${node}.${metric}`,
      runNumbers(runs),
      count === 1 ? '' : String(count),
      String(values.length),
      ...[values[0]!, values.at(-1)!, least, most].map(formatNumber),
      values.length < 2 ? '' : sparkline(values, WIDEST_LINE),
    ]),
    width,
  );
}

/** Rows of one metric stand together, in the order of the runs. */
export function historyRows(histories: readonly MetricHistory[], expand: boolean): readonly HistoryRow[] {
  const byName = new Map<string, MetricHistory[]>();
  for (const history of histories) {
    const node = expand ? history.node : groupOf(history.node);
    const name = JSON.stringify([node, history.metric]);
    byName.set(name, [...(byName.get(name) ?? []), history]);
  }
  return [...byName].flatMap(([name, members]) => {
    const [node, metric] = JSON.parse(name) as [string, string];
    return ofRuns(members).map(({ runs, histories: ofRun }) => {
      const [least, most] = extentOf(ofRun.flatMap(({ points }) => points.map(({ value }) => value)));
      return { node, metric, runs, count: ofRun.length, values: meansOf(ofRun), least, most };
    });
  });
}

/** The histories of each run; runs whose nodes came to the same states are one row. */
function ofRuns(histories: readonly MetricHistory[]) {
  const byRun = new Map<number, MetricHistory[]>();
  for (const history of histories) for (const run of history.runs) byRun.set(run, [...(byRun.get(run) ?? []), history]);
  const alike = new Map<string, { readonly runs: number[]; readonly histories: readonly MetricHistory[] }>();
  for (const [run, members] of [...byRun].sort(([a], [b]) => a - b)) {
    const states = members.map(({ state, node }) => `${state} ${node}`).join();
    const known = alike.get(states);
    if (known === undefined) alike.set(states, { runs: [run], histories: members });
    else known.runs.push(run);
  }
  return [...alike.values()];
}

/** Step by step; of instances that went on for longer, the mean of those that did. */
function meansOf(histories: readonly MetricHistory[]): readonly number[] {
  const length = histories.reduce((most, { points }) => Math.max(most, points.length), 0);
  return Array.from({ length }, (_, at) => {
    const values = histories.flatMap(({ points }) => points[at]?.value ?? []);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });
}

/** An attempt at a node, its log and its metrics, in lines. */
import type { AttemptRecord, LogRecord, MetricRecord } from '../../../store/query/attempts.ts';
import { formatBytes, formatNumber, formatSeconds, formatTime } from '../../../ui/text/format.ts';
import type { Style } from '../../../ui/text/style.ts';
import { failureLines, wholeFailureLines } from '../../../ui/summary/failure-lines.ts';
import { durationOf } from '../../output/run-words.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';

/** @param directory paths in stacks are relative to it */
export function attemptLines(attempt: AttemptRecord, { style, width }: Screen, directory: string): readonly string[] {
  const { node, failure } = attempt;
  return [
    `${node}: ${attemptWords(attempt)}`,
    ...(failure === null ? [] : wholeFailureLines({ node, failure }, { style, width, directory })),
  ];
}

/** `attempt 1 in run 3, 2026-11-21 04:15:28, by worker-2: 0.52 s, peak 67.2 MiB` */
export function attemptWords(attempt: AttemptRecord): string {
  const { run, number, worker, startedAt, compute, cpuSeconds, peakBytes } = attempt;
  const took = durationOf(attempt);
  const facts = [
    took === '' ? 'no end on record' : took,
    ...(cpuSeconds === null ? [] : [`${formatSeconds(cpuSeconds)} of CPU`]),
    ...(peakBytes === null ? [] : [`peak ${formatBytes(peakBytes)}`]),
    ...(compute === null ? [] : [compute]),
  ];
  return `attempt ${number} in run ${run}, ${formatTime(startedAt)}, by ${worker}: ${facts.join(', ')}`;
}

/** Failures of attempts as the summary of their run tells them. */
export function failedLines(
  { node, failure }: AttemptRecord,
  screen: Screen,
  directory: string,
  most?: number,
): readonly string[] {
  return failureLines({ node, failure: failure! }, { ...screen, directory }, most);
}

export function logLines(attempt: AttemptRecord, lines: readonly LogRecord[], style: Style): readonly string[] {
  return lines.map(({ at, stream, text }) => {
    const seconds = formatSeconds(Math.max(0, at - attempt.startedAt) / 1000).padStart(10);
    return `${style.dim(seconds)}  ${stream === 'stderr' ? style.yellow('!') : ' '} ${text}`;
  });
}

/** Each metric by its last value; the whole series is in `--json`. */
export function metricLines(metrics: readonly MetricRecord[], width: number): readonly string[] {
  const series = new Map<string, MetricRecord[]>();
  for (const metric of metrics) {
    const members = series.get(metric.name);
    if (members === undefined) series.set(metric.name, [metric]);
    else members.push(metric);
  }
  const rows = [...series].map(([name, members]) => {
    const { value, step } = members.at(-1)!;
    const values = members.map((member) => member.value);
    const [least, most] = extentOf(values);
    const numbers = [value, least, most].map(formatNumber);
    return [name, ...numbers, step === null ? '' : String(step), String(members.length)];
  });
  const titles = ['metric', 'last', 'min', 'max', 'step', 'values'];
  return tableLines(
    titles.map((title, index) => (index === 0 ? { title, least: 12 } : { title })),
    rows,
    width,
  );
}

/** NaN is neither the least nor the greatest, unless there is nothing else. */
export function extentOf(values: readonly number[]): readonly [least: number, most: number] {
  let [least, most] = [Number.NaN, Number.NaN];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (!(least <= value)) least = value;
    if (!(most >= value)) most = value;
  }
  return [least, most];
}

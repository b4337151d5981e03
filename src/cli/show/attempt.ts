/** An attempt at a node, its log and its metrics, in lines. */
import type { Failure } from '../../events.ts';
import type { AttemptRecord, LogRecord, MetricRecord } from '../../store/query/attempts.ts';
import { formatBytes, formatNumber, formatSeconds, formatTime } from '../../ui/text/format.ts';
import type { Style } from '../../ui/text/style.ts';
import { durationOf } from '../output/run-words.ts';
import { tableLines } from '../output/table.ts';

export function attemptLines(attempt: AttemptRecord, style: Style): readonly string[] {
  const { node, run, number, worker, startedAt, compute, cpuSeconds, peakBytes, failure } = attempt;
  const took = durationOf(attempt);
  const facts = [
    took === '' ? 'no end on record' : took,
    ...(cpuSeconds === null ? [] : [`${formatSeconds(cpuSeconds)} of CPU`]),
    ...(peakBytes === null ? [] : [`peak ${formatBytes(peakBytes)}`]),
    ...(compute === null ? [] : [compute]),
  ];
  return [
    `${node}: attempt ${number} in run ${run}, ${formatTime(startedAt)}, by ${worker}: ${facts.join(', ')}`,
    ...(failure === null ? [] : [`${style.red('failed')} (${failure.class}${endOf(failure)}): ${failure.message}`]),
    ...(failure?.stack?.split('\n').map((line) => style.dim(`    ${line.trim()}`)) ?? []),
  ];
}

/** `failed: fit (crash): ...`, of a node whose attempt failed. */
export function failureLine({ node, failure }: AttemptRecord, style: Style): string {
  const { class: kind, message } = failure!;
  return `${style.red('failed')}: ${node} (${kind}): ${message}`;
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

function endOf({ exitCode, signal }: Pick<Failure, 'exitCode' | 'signal'>): string {
  if (signal !== null) return `, ${signal}`;
  return exitCode === null ? '' : `, exit code ${exitCode}`;
}

/** What `restage doctor --executor` says: the report on a batch system, in lines. */
import type { ClusterReport, ProbeReport } from '../../../doctor/cluster/cluster-report.ts';
import type { ProbeAnswer } from '../../../doctor/cluster/cluster-report.ts';
import { formatBytes, formatSeconds, plural } from '../../../ui/text/format.ts';
import type { Style } from '../../../ui/text/style.ts';

export function clusterLines(report: ClusterReport, style: Style): readonly string[] {
  const { system, commands, here, probes, problems, notes } = report;
  return [
    style.bold(system),
    ...commands.map(({ name, version, trouble }) => row(name, version ?? style.red(trouble ?? ''))),
    row('cache', `${here.cacheDirectory}, ${formatBytes(here.freeBytes)} free, ${here.fileSystem}`),
    '',
    ...probes.flatMap((probe) => [...probeLines(probe, style), '']),
    problems.length === 0
      ? style.green(`All is well: nodes can execute as jobs of ${system}.`)
      : style.red(`${plural(problems.length, 'problem')}:`),
    ...problems.map((problem) => `  ${problem}`),
    ...(notes.length === 0
      ? []
      : [style.yellow(`${plural(notes.length, 'note')}:`), ...notes.map((note) => `  ${note}`)]),
  ];
}

function probeLines({ partition, outcome }: ProbeReport, style: Style): readonly string[] {
  const title = style.bold(partition === null ? 'Default partition' : `Partition ${partition}`);
  switch (outcome.type) {
    case 'refused':
      return [title, row('job', style.red('not taken'))];
    case 'busy':
      return [title, row('job', style.red('not taken now'))];
    case 'unanswered':
      return [title, row('job', style.red('unknown whether it was taken'))];
    case 'never-started':
      return [title, row('job', style.red(`${outcome.job ?? 'unknown'}, never started`))];
    case 'silent':
      return [title, row('job', style.red(`${outcome.job ?? 'unknown'}, no answer`))];
    case 'no-node':
      return [
        title,
        row('job', `${outcome.job ?? 'unknown'} on ${outcome.found.host}`),
        row('Node', style.red('not the right one')),
      ];
    case 'answered':
      return [title, ...answerRows(outcome)];
  }
}

function answerRows({ job, place, queuedMs, arrival, exchange }: ProbeAnswer): readonly string[] {
  const { host, node, system, cpu, cores, fileSystem, freeBytes, totalBytes } = arrival;
  const ahead = exchange === undefined ? 0 : exchange.aheadMs / 1000;
  return [
    row(
      'job',
      `${job ?? 'unknown'} on ${place === null || place === host ? host : `${place} (${host})`}, which answered after ${formatSeconds(queuedMs / 1000)}`,
    ),
    row('host', `${system}, ${plural(cores, 'core')} (${cpu})`),
    row('Node', node),
    row('disk', `${formatBytes(freeBytes)} free of ${formatBytes(totalBytes)}, ${fileSystem}`),
    ...(exchange === undefined
      ? []
      : [
          row('files', `there and back in ${formatSeconds(exchange.roundTripMs / 1000)}`),
          row('clock', `${Math.abs(ahead).toFixed(1)} s ${ahead >= 0 ? 'ahead of' : 'behind'} the one here`),
        ]),
  ];
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(9)} ${value}`;
}

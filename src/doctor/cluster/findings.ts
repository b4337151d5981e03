/**
 * From what was seen of a batch system to sentences: what keeps nodes from executing there, and what should be known.
 */
import { unreachable } from '../../errors.ts';
import type { BatchSystem } from '../../executors/batch/contract.ts';
import type { ProbeAnswer } from '../../executors/batch/probe/probe-job.ts';
import { type FoundNode, RACES } from '../../executors/batch/probe/probe-directory.ts';
import type { ClusterReport, ProbeReport } from './cluster-report.ts';

type About = Pick<ClusterReport, 'executor' | 'system' | 'commands' | 'here'>;

/** With less, a stage could not write much. */
const LEAST_SPACE = 64 * 2 ** 20;
/** Clocks may differ by so much without a word. */
const SKEW_MS = 3000;

/** Commands with the same trouble are told together. */
export function commandProblems({ system, commands }: About): readonly string[] {
  const broken = new Map<string, string[]>();
  for (const { name, trouble } of commands)
    if (trouble !== null) broken.set(trouble, [...(broken.get(trouble) ?? []), name]);
  return [...broken].map(
    ([trouble, names]) =>
      `The ${names.length === 1 ? 'command' : 'commands'} ${names.join(', ')} of ${system} ${names.length === 1 ? 'does' : 'do'} not work here (${trouble}); run restage on a host from which jobs are submitted.`,
  );
}

/**
 * @param job its number, or the name of its unit, which is in the job's comment or attributes
 * @param leaving aborted if nobody has waited for its end
 */
export function leftBehindSentence(
  job: string,
  system: Pick<BatchSystem, 'title' | 'commandToEnd'>,
  leaving?: AbortSignal,
): string {
  const how = leaving?.aborted === true ? 'may go on' : 'could not be ended';
  return `Job ${job} of ${system.title} ${how}; end it with: ${system.commandToEnd(job)}`;
}

export function probeProblems(
  { partition, outcome, leftBehind }: ProbeReport,
  { executor, system, here }: About,
): readonly string[] {
  const where = partition === null ? '' : ` in partition ${partition}`;
  switch (outcome.type) {
    case 'refused':
      return [
        `${system} does not accept a job${where}: ${ended(outcome.reason)} Each job asks for what "${executor}" in the project's package.json has${partition === null ? '' : ', and for this partition'}.`,
      ];
    case 'busy':
      return [`${system} accepts no job${where} now: ${ended(outcome.reason)} Try again later.`];
    case 'unanswered':
      return [
        `It is not known whether ${system} took a job${where}, and none was seen: ${ended(outcome.reason)} Try again when it answers.`,
      ];
    case 'never-started':
      return [
        `${system} did not start job ${numbered(outcome.job)}${where} in time (${outcome.why ?? 'it gives no reason'}), ${leftBehind === null ? 'so the job was cancelled' : 'and it does not end'}; wait longer with --wait SECONDS, or ask for another partition.`,
      ];
    case 'silent':
      return [
        `Nothing that job ${numbered(outcome.job)}${where}${onHost(outcome.host)} wrote can be seen here (${outcome.said}); put the project and its cache into a directory that all hosts see under the same path, not ${here.cacheDirectory}.`,
      ];
    case 'no-node':
      return [nodeProblem(outcome.found, here)];
    case 'answered':
      return answerProblems(outcome, here);
    default:
      return unreachable(outcome);
  }
}

function nodeProblem({ host, version, other, otherVersion }: FoundNode, here: About['here']): string {
  const has = version === '' ? `does not run on ${host}` : `is ${version} on ${host}, and ${here.nodeVersion} here`;
  const instead =
    other === '' || otherVersion === '' || other === here.node ? '' : ` (${other} is ${otherVersion} there)`;
  return `${here.node} ${has}${instead}; run restage with a Node that all hosts have under the same path, such as one in the shared directory.`;
}

function answerProblems({ place, arrival, sawOurs, exchange }: ProbeAnswer, here: About['here']): readonly string[] {
  const { noRoom, freeBytes } = arrival;
  const host = place ?? arrival.host;
  const directory = here.cacheDirectory;
  const problems: string[] = [];
  if (!sawOurs || exchange === undefined)
    problems.push(
      `${host} does not see what is written here into ${directory}, though its own files can be seen here; use a directory that all hosts share.`,
    );
  if (noRoom !== null)
    problems.push(
      `${host} cannot write a few megabytes into ${directory}: ${noRoom}; free some space there, or ask for a larger quota.`,
    );
  else if (freeBytes < LEAST_SPACE)
    problems.push(`The file system of ${directory} is full, as ${host} sees it; free some space there.`);
  if (exchange === undefined) return problems;
  const noLinks = exchange.here.noLinks ?? exchange.there.noLinks;
  if (noLinks !== null)
    problems.push(
      `Files in ${directory} cannot be linked (${noLinks}), and restage needs that to report a result only once; use another directory with --cache DIR.`,
    );
  else problems.push(...raceProblems(exchange, host, directory));
  if (exchange.roundTripMs > here.graceMs)
    problems.push(
      `A file took ${seconds(exchange.roundTripMs)} s to ${host} and back, and a run waits ${seconds(here.graceMs)} s for one; use a directory that shows files sooner.`,
    );
  return problems;
}

/** Each file has exactly one maker where links are exclusive. */
function raceProblems(
  { here, there }: NonNullable<ProbeAnswer['exchange']>,
  host: string,
  directory: string,
): readonly string[] {
  const makers = Array.from({ length: RACES }, (_, i) => Number(here.won.includes(i)) + Number(there.won.includes(i)));
  const wrong = makers.filter((count) => count !== 1).length;
  return wrong === 0
    ? []
    : [
        `Of ${RACES} files in ${directory} that this host and ${host} made at the same time, ${wrong} were made by both or by none, so a result could be reported twice; use another file system with --cache DIR.`,
      ];
}

export function probeNotes({ outcome }: ProbeReport, { here }: About): readonly string[] {
  if (outcome.type !== 'answered') return [];
  const { place, arrival, exchange } = outcome;
  const { arch, cpu } = arrival;
  const host = place ?? arrival.host;
  const notes: string[] = [];
  if (arch !== here.arch || cpu !== here.cpu)
    notes.push(
      `${host} computes with another ${arch === here.arch ? `CPU (${cpu})` : `architecture (${arch})`} than this host (${arch === here.arch ? here.cpu : here.arch}): the backend portable gives the same bits on both; other backends may not, and no key tells, so keep their nodes on one kind of host.`,
    );
  const ahead = exchange?.aheadMs ?? 0;
  if (Math.abs(ahead) - (exchange?.roundTripMs ?? 0) / 2 > SKEW_MS)
    notes.push(
      `The clock of ${host} is ${seconds(Math.abs(ahead))} s ${ahead > 0 ? 'ahead of' : 'behind'} the one here, and so are the times on record of what executes there; set the clocks.`,
    );
  return notes;
}

function numbered(job: string | null): string {
  return job ?? '(of an unknown number)';
}

function onHost(host: string | null): string {
  return host === null ? '' : ` on ${host}`;
}

function ended(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}

/** From a job that is asked for to the submit description of condor_submit. */
import { join } from 'node:path';
import type { JobOptions, JobRequest } from '../batch/contract.ts';
import { passedVariables } from '../batch/job-environment.ts';
import { adString, plainText, quotedWords } from './submit-text.ts';

/** The attributes of a job by which it is known again. */
export const UNIT = 'RestageUnit';
export const CACHE = 'RestageCache';

/** How long a job does without the hosts that are to be avoided, in seconds: all others may be gone. */
const AVOIDED_SECONDS = 600;

/** Commands that are passed on as they are. `requirements` is one too, with ours. */
const OPTIONS = ['rank', 'accounting_group'];

/** What restage says itself, or what would make more or other jobs of one. */
const OURS = new Set([
  ...[
    'universe',
    'executable',
    'transfer_executable',
    'should_transfer_files',
    'arguments',
    'args',
    'environment',
    'env',
  ],
  ...['getenv', 'initialdir', 'output', 'error', 'log', 'batch_name', 'request_cpus', 'request_memory', 'request_gpus'],
  ...['allowed_job_duration', 'periodic_remove', 'requirements', 'rank', 'accounting_group', 'notification', 'hold'],
  ...['max_retries', 'on_exit_remove', 'log_xml', 'dagman_log', 'queue'],
  ...[UNIT, CACHE].flatMap((attribute) => [`+${attribute}`, `my.${attribute}`]).map((name) => name.toLowerCase()),
]);

/** A job's event log, in the directory of its unit: hosts that submit jobs do not share one. */
export function eventLogIn(directory: string): string {
  return join(directory, 'condor.log');
}

export function submitDescription(
  { unit, directory, command: [program = '', ...words], needs, options, avoid }: JobRequest,
  cache: string,
  env: NodeJS.ProcessEnv,
): string {
  const { cpus, memoryMiB, gpus, seconds } = needs;
  const output = plainText(join(directory, 'job.log'));
  // HTCondor gives a job its own directory for temporary files.
  const variables = Object.entries(passedVariables(env)).filter(([name]) => name !== 'TMPDIR');
  const lines = [
    'universe = vanilla',
    `executable = ${plainText(program)}`,
    'transfer_executable = False',
    'should_transfer_files = NO',
    `arguments = ${quotedWords(words)}`,
    `environment = ${quotedWords(variables.map(([name, value]) => `${name}=${value}`))}`,
    `initialdir = ${plainText(directory)}`,
    `output = ${output}`,
    `error = ${output}`,
    `log = ${plainText(eventLogIn(directory))}`,
    'notification = Never',
    `batch_name = ${cache}`,
    `+${UNIT} = ${adString(unit)}`,
    `+${CACHE} = ${adString(cache)}`,
    `request_cpus = ${cpus}`,
    ...(memoryMiB === null ? [] : [`request_memory = ${memoryMiB}`]),
    ...(gpus === 0 ? [] : [`request_gpus = ${gpus}`]),
    // The second is what some sites of high-energy physics read, to choose among their queues.
    ...(seconds === null ? [] : [`allowed_job_duration = ${seconds}`, `+MaxRuntime = ${seconds}`]),
    `requirements = ${requirementsOf(options, avoid)}`,
    // Another attempt is another job: a job that has ended in whatever way is not to wait in the queue.
    'periodic_remove = (JobStatus == 5 && HoldReasonCode =!= 1) || (NumJobStarts > 0 && (JobStatus == 1 || JobStatus == 5))',
    ...OPTIONS.flatMap((option) => (options[option] === undefined ? [] : [`${option} = ${options[option]}`])),
    ...extraLines(options),
    'queue',
  ];
  return `${lines.join('\n')}\n`;
}

/** What is wrong with a job's options or names, as the end of a sentence; undefined if nothing is. */
export function wrongRequest({ options, directory, command }: JobRequest, env: NodeJS.ProcessEnv): string | undefined {
  const broken = [directory, ...command, ...Object.values(passedVariables(env))].find((text) => /[\r\n]/.test(text));
  if (broken !== undefined) return `${JSON.stringify(broken)} has a line break, which no submit description can hold`;
  for (const option of ['requirements', ...OPTIONS])
    if (/[\r\n]|\\$/.test(options[option] ?? '')) return `condor.${option} is not one line; write it as one`;
  for (const line of extraLines(options)) {
    const name = /^([\w.+]+)\s*=/.exec(line)?.[1];
    if (name === undefined || line.endsWith('\\'))
      return `condor.extra has the line ${JSON.stringify(line)}; write one command a line, as in: nice_user = True`;
    if (OURS.has(name.toLowerCase())) return `condor.extra has ${name}, which restage sets itself; leave it out`;
  }
  return undefined;
}

function requirementsOf({ requirements }: JobOptions, avoid: readonly string[]): string {
  const hosts = avoid.filter((host) => /^[\w.-]+$/.test(host));
  return [
    // HTCondor would start a job again that had to leave its host.
    '(MY.NumJobStarts ?: 0) == 0',
    ...(requirements === undefined || requirements.trim() === '' ? [] : [`(${requirements})`]),
    ...hosts.map((host) => `(TARGET.Machine =!= ${adString(host)} || time() - MY.QDate > ${AVOIDED_SECONDS})`),
  ].join(' && ');
}

function extraLines({ extra = '' }: JobOptions): readonly string[] {
  return extra.split(/\r?\n/).flatMap((line) => line.trim() || []);
}

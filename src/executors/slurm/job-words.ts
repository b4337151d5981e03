/** From a job that is asked for to the words of sbatch. */
import type { JobOptions, JobRequest } from '../batch/contract.ts';
import { passedVariables } from '../batch/job-environment.ts';

/** Options that are passed on as they are. */
const OPTIONS = ['partition', 'account', 'qos', 'constraint'];

/** What restage says itself: the same option in `extra` would contradict it. */
const OURS =
  /^(?:-[JoecDHWnNaM]|--(?:job|comm|out|err|open|pars|no-req|req|exp|arr|wr|wa|chd|ho|ntasks(?:=|$)|node(?:s|s=.*)?$|sig|clus))/;

/** A job's script: of its words, those before `--` are variables of the environment; it does what the others say. */
export const SCRIPT = `#!/bin/sh
while [ "$1" != -- ]; do
  export "$1"
  shift
done
shift
exec "$@"
`;

/**
 * What follows the script. The variables are words of it, since `--export` of names has each host start a login shell,
 * which adds whatever the user's own files set, and may hang.
 */
export function scriptWords({ command }: JobRequest, env: NodeJS.ProcessEnv): readonly string[] {
  const variables = Object.entries(passedVariables(env)).map(([name, value]) => `${name}=${value}`);
  return [...variables, '--', ...command];
}

/** Without the script and what follows it. */
export function jobWords(
  { unit, directory, needs, options, avoid }: JobRequest,
  name: string,
  log: string,
): readonly string[] {
  const { cpus, memoryMiB, gpus, seconds } = needs;
  return [
    '--parsable',
    // Another attempt is another job: a job that Slurm starts twice would have two logs in one file.
    '--no-requeue',
    `--job-name=${name}`,
    `--comment=${unit}`,
    `--chdir=${directory}`,
    `--output=${log}`,
    '--open-mode=append',
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    // To the job's program itself, in time to leave a checkpoint and a result.
    '--signal=B:USR1@60',
    '--export=NIL',
    ...(memoryMiB === null ? [] : [`--mem=${memoryMiB}M`]),
    ...(gpus === 0 ? [] : [`--gres=gpu:${gpus}`]),
    ...(seconds === null ? [] : [`--time=${Math.ceil(seconds / 60)}`]),
    ...(avoid.length === 0 ? [] : [`--exclude=${avoid.join(',')}`]),
    ...OPTIONS.flatMap((option) => (options[option] === undefined ? [] : [`--${option}=${options[option]}`])),
    ...extraWords(options),
  ];
}

/** What is wrong with a node's or a site's options, as the end of a sentence; undefined if nothing is. */
export function wrongOptions(options: JobOptions): string | undefined {
  const ours = extraWords(options).find((word) => OURS.test(word));
  return ours && `slurm.extra has ${ours}, which restage sets itself; leave it out`;
}

function extraWords({ extra = '' }: JobOptions): readonly string[] {
  return extra.split(/\s+/).filter((word) => word !== '');
}

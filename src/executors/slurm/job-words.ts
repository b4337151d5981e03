/** From a job that is asked for to the words of sbatch. */
import type { JobOptions, JobRequest } from '../batch/contract.ts';
import { passedVariables } from '../batch/job-environment.ts';

/** Options that are passed on as they are. */
const OPTIONS = ['partition', 'account', 'qos', 'constraint'];

/** What restage says itself: the same option in `extra` would contradict it. */
const OURS =
  /^(?:-[JoecDHWnNaM]|--(?:job|comm|out|err|open|pars|no-req|req|exp|arr|wr|wa|chd|ho|ntasks(?:=|$)|node(?:s|s=.*)?$|sig|clus))/;

/** A job's script: it does what its words say. */
export const SCRIPT = '#!/bin/sh\nexec "$@"\n';

/** Without the script and what follows it. */
export function jobWords(
  { unit, directory, needs, options, avoid }: JobRequest,
  name: string,
  log: string,
  env: NodeJS.ProcessEnv,
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
    `--export=${Object.keys(passedVariables(env)).join(',')}`,
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

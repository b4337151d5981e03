/** What sbatch says of a job: its number, or why there is none. */
import type { SubmitCommand, Unaccepted } from '../batch/submission.ts';

/** What it says where no site has configured it. */
const NO_CLUSTER = /resolve_ctls_from_dns_srv|configuration source|fetch_config|slurm\.conf/i;
const NOT_HERE: Unaccepted = {
  type: 'refused',
  reason:
    'this machine belongs to no cluster, as sbatch says or is missing; run restage where jobs are submitted, or use another executor',
};

/** The controller's answer, which comes last. Lines before it are a plugin's, or name the limit. */
const CAUSE = /Batch job submission failed: (.*)$/m;
/** The request was sent, and its answer did not come: the controller may have the job. */
const UNANSWERED =
  /^(?:Unable to contact slurm controller \((?:send|receive|shutdown)|Communication (?:send|receive|shutdown)|Socket timed out|Zero Bytes|Message receive|Connection (?:timed out|reset)|Transport endpoint|Broken pipe)/i;
/** The controller was not reached, or takes no job from anybody now. */
const NOT_NOW = /^(?:Unable to contact|Connection refused|No route|Network is|Resource temporarily|Slurm temporarily)/i;
/** The user has as many jobs as the site allows. */
const TOO_MANY = /(?:Max|Grp)Submit|too many jobs|try again/i;
/**
 * One sentence of Slurm for two things. A line before it names the limit; without one, that of jobs is meant most
 * often.
 */
const SOME_LIMIT = /job submit limit/i;

export const SBATCH: SubmitCommand = {
  name: 'sbatch',
  // A site's own greeting may come before it; a cluster's name after it.
  jobIn: (text) => /^(\d+)(?:;\S*)?$/m.exec(text.trim())?.[1],
  meaningOf,
  notHere: NOT_HERE,
};

function meaningOf(text: string): Unaccepted {
  const [first = ''] = text.split('\n').map((line) => line.trim().replace(/^\w+: (?:error: )?/, ''));
  if (NO_CLUSTER.test(first)) return NOT_HERE;
  const cause = CAUSE.exec(text)?.[1]?.trim();
  const isAlone = cause === undefined || CAUSE.test(first);
  // The name of a limit alone would say little.
  const reason = isAlone || /\s/.test(first) ? first : `${first}: ${cause}`;
  return { type: typeOf(cause ?? first, isAlone ? '' : first), reason };
}

function typeOf(cause: string, before: string): Unaccepted['type'] {
  if (UNANSWERED.test(cause)) return 'unanswered';
  const isNotNow = NOT_NOW.test(cause) || TOO_MANY.test(before) || TOO_MANY.test(cause);
  return isNotNow || (before === '' && SOME_LIMIT.test(cause)) ? 'busy' : 'refused';
}

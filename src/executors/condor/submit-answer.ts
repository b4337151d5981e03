/** What condor_submit says of a job: its number, or why there is none. */
import type { SubmitCommand, Unaccepted } from '../batch/submission.ts';

/** What it says where no site has configured it. */
const NO_POOL = /CONDOR_CONFIG|condor_config/;
const NOT_HERE: Unaccepted = {
  type: 'refused',
  reason:
    'this machine belongs to no pool, as condor_submit says or is missing; run restage where jobs are submitted, or use another executor',
};

/** The last step, before which no job exists. What the scheduler does not want comes after it. */
const AT_COMMIT = /failed to commit/i;
const LOST = /\btimed out\b|connection (?:timed|closed|reset|refused|lost)/i;
/** No scheduler was reached, or it takes no job now. */
const NOT_NOW = /connect to local queue manager|address of local schedd|MAX_JOBS|would exceed/i;

export const CONDOR_SUBMIT: SubmitCommand = {
  name: 'condor_submit',
  // A site's own greeting or a warning may come before it.
  jobIn: (text) => /^(\d+)\.\d+ - \d+\.\d+$/m.exec(text)?.[1],
  meaningOf,
  notHere: NOT_HERE,
};

function meaningOf(text: string): Unaccepted {
  if (NO_POOL.test(text)) return NOT_HERE;
  const words = errorWords(text);
  const reason = words.join(' ').slice(0, LONGEST_REASON).replace(/\.$/, '');
  return { type: typeOf(words, reason), reason };
}

function typeOf([first = '', ...more]: readonly string[], reason: string): Unaccepted['type'] {
  if (NOT_NOW.test(reason)) return 'busy';
  const isLost = LOST.test(reason);
  if (AT_COMMIT.test(first)) return more.length === 0 || isLost ? 'unanswered' : 'refused';
  return isLost ? 'busy' : 'refused';
}

/** The lines of the error. Warnings come before it. What is wrong may be in its second line. */
function errorWords(text: string): readonly string[] {
  const lines = text.split('\n').flatMap((line) => line.trim() || []);
  const from = lines.findIndex((line) => line.startsWith('ERROR'));
  return lines.slice(Math.max(0, from)).map((line) => line.replace(/^ERROR:?\s*/, ''));
}

const LONGEST_REASON = 300;

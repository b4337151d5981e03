/** What became of a job that was asked for, and how the answer of a system's command tells it. */
import type { CacheError } from '../../errors.ts';
import { unreachable } from '../../errors.ts';
import type { Answer } from './command.ts';

export type Submission =
  | { readonly type: 'accepted'; readonly job: string }
  | Unaccepted
  /** A file that tells what the job is to do could not be written: nobody was asked. */
  | { readonly type: 'unwritten'; readonly error: CacheError };

/** What a system says of a job that it has not accepted. `reason`: its words, in a line without an end. */
export type Unaccepted =
  /** It will never take this job, such as one of an account that does not exist. */
  | { readonly type: 'refused'; readonly reason: string }
  /** It takes no job now. */
  | { readonly type: 'busy'; readonly reason: string }
  /** No answer came, or one that nobody understands: it may have the job. */
  | { readonly type: 'unanswered'; readonly reason: string };

/** The command by which a system takes jobs. */
export interface SubmitCommand {
  readonly name: string;
  /** The number of the job in the answer of a command that succeeded; undefined if it has none. */
  readonly jobIn: (text: string) => string | undefined;
  /** What the words of a command that failed mean; it may have said nothing. */
  readonly meaningOf: (text: string) => Unaccepted;
  /** Where the machine belongs to no site. */
  readonly notHere: Unaccepted;
}

export function submissionOf(answer: Answer, { name, jobIn, meaningOf, notHere }: SubmitCommand): Submission {
  switch (answer.type) {
    case 'said': {
      const job = jobIn(answer.text);
      if (job !== undefined) return { type: 'accepted', job };
      return { type: 'unanswered', reason: `${name} answered ${JSON.stringify(answer.text.slice(0, 80))}` };
    }
    case 'failed': {
      const { type, reason } = meaningOf(answer.text);
      return { type, reason: reason === '' ? `${name} ended with ${answer.code}` : reason.replace(/\.$/, '') };
    }
    case 'silent':
      return { type: 'unanswered', reason: `${name} did not answer` };
    case 'missing':
      return notHere;
    default:
      return unreachable(answer);
  }
}

/** The exit code of a command that made or watched a run. */
import { EXIT } from '../../errors.ts';
import type { RunOutcome } from '../../events.ts';

export function exitCodeOf(outcome: RunOutcome): number {
  switch (outcome) {
    case 'ok':
    case 'detached':
      return EXIT.ok;
    case 'failed':
      return EXIT.stageFailed;
    case 'interrupted':
      return EXIT.interrupted;
  }
}

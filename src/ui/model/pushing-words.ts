/** How a run that waits for its remote is told, in one clause. */
import type { RunPushing } from '../../events.ts';
import { plural } from '../text/format.ts';

export function pushingWords({ remote, left }: RunPushing): string {
  return `${plural(left, 'state')} still to be pushed to ${remote}; Ctrl-C leaves them for "restage push"`;
}

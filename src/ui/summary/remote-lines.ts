/** What a run took out of its remote and pushed to it, and what it left: lines of its summary. */
import type { RemoteTraffic } from '../../events.ts';
import type { RunReport } from '../../run/request.ts';
import { formatBytes, plural } from '../text/format.ts';
import type { Presentation } from '../text/presentation.ts';
import { wrapText } from '../text/wrap.ts';

const INDENT = 4;

export function remoteLines({ remote, run }: RunReport, { style, width }: Presentation): readonly string[] {
  if (remote === undefined) return [];
  const { name, taken, pushed, unused } = remote;
  const words = [
    ...(taken.states > 0 ? [`${size(taken)} taken`] : []),
    ...(pushed.states > 0 ? [`${size(pushed)} pushed`] : []),
    ...(unused > 0 ? [`${plural(unused, 'state')} could not be used or pushed`] : []),
  ];
  const rest = restOf(remote, run);
  return [
    ...(words.length === 0 ? [] : wrapText(`${name}: ${words.join(', ')}`, width(), INDENT)),
    ...(rest === undefined ? [] : wrapText(rest, width(), INDENT).map(style.yellow)),
  ];
}

function size({ states, bytes }: RemoteTraffic['taken']): string {
  return `${plural(states, 'state')}${bytes > 0 ? ` (${formatBytes(bytes)})` : ''}`;
}

function restOf({ name, left, pushed, isRunThere }: RemoteTraffic, run: number): string | undefined {
  const push = `restage push run:${run} --remote ${name}`;
  if (left > 0)
    return `${plural(left, 'state')} that this run made ${left === 1 ? 'is' : 'are'} not in ${name} yet: ${push}`;
  return pushed.states > 0 && !isRunThere ? `run:${run} itself is not in ${name}: ${push}` : undefined;
}

/** What a watch says in lines: what was edited, which nodes follow from it and why, and that it waits. */
import type { Cause, EditedFile } from '../../run/watch/causes.ts';
import type { WatchPlanned, WatchWaiting } from '../../run/watch/watch-event.ts';
import { plainLine } from '../text/cells.ts';
import { plural } from '../text/format.ts';

const MOST_FILES = 3;
const MOST_REASONS = 2;

/** A line for each cause. */
export function plannedLines({ edited, causes, pending, runs }: WatchPlanned): readonly string[] {
  if (!runs) return [plainLine(`${editedWords(edited)}: nothing to run`)];
  const told = causes.length > 0 || pending > 0 ? [] : [`${editedWords(edited)}: every state is in the cache`];
  const lines = [...told, ...causes.map(causeLine)];
  if (pending > 0) lines.push(`after these: ${plural(pending, 'node')}, if their inputs change`);
  return lines.map(plainLine);
}

/** `watching 23 files; Ctrl-C ends`. */
export function waitingLine({ files, why }: WatchWaiting): string {
  return plainLine(`watching ${plural(files, 'file')}${why === null ? '' : `, twice a second (${why})`}; Ctrl-C ends`);
}

/** `a.ts changed, b.csv is gone and 3 more`. */
export function editedWords(edited: readonly EditedFile[]): string {
  const shown = edited.slice(0, MOST_FILES).map(({ file, how }) => `${file} ${HOW[how]}`);
  const more = edited.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

const HOW: Readonly<Record<EditedFile['how'], string>> = { changed: 'changed', added: 'is new', removed: 'is gone' };

function causeLine({ kind, files, nodes, reasons }: Cause): string {
  const what = kind === 'left' ? 'not finished before' : editedWords(files);
  return `${what}: ${plural(nodes.length, 'node')}${kind === 'left' ? '' : reasonWords(reasons)}`;
}

/** Nothing for what an edit of code is expected to do. */
function reasonWords(reasons: readonly string[]): string {
  if (reasons.length === 1 && reasons[0] === 'code changed') return '';
  const more = reasons.length - MOST_REASONS;
  return ` (${reasons.slice(0, MOST_REASONS).join('; ')}${more > 0 ? `; and ${more} more` : ''})`;
}

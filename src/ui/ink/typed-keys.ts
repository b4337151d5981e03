/** Which key of the view of a run was typed. */
import type { Key as Typed } from 'ink';
import type { Key } from './navigation.ts';

export function keysTyped(
  text: string,
  { upArrow, downArrow, pageUp, pageDown, return: enter, escape, ctrl }: Typed,
): readonly Key[] {
  if (upArrow) return ['up'];
  if (downArrow) return ['down'];
  if (pageUp) return ['page-up'];
  if (pageDown) return ['page-down'];
  if (enter) return ['enter'];
  if (escape) return ['escape'];
  return Array.from(text).flatMap((letter) => KEYS[ctrl ? `ctrl-${letter}` : letter] ?? []);
}

const KEYS: Readonly<Record<string, Key>> = {
  q: 'quit',
  'ctrl-c': 'quit',
  'ctrl-z': 'suspend',
  'ctrl-l': 'redraw',
  p: 'pause',
  l: 'log',
  '?': 'help',
  h: 'help',
  k: 'up',
  j: 'down',
};

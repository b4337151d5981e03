/** Which key of the console was typed. */
import type { Key as Typed } from 'ink';
import type { Key } from './browser.ts';

/** @param isText whether letters are part of a text, such as a filter */
export function keysTyped(text: string, typed: Typed, isText: boolean): readonly Key[] {
  if (typed.upArrow) return [line(-1)];
  if (typed.downArrow) return [line(1)];
  if (typed.pageUp) return [page(-1)];
  if (typed.pageDown) return [page(1)];
  if (typed.home) return [all(-1)];
  if (typed.end) return [all(1)];
  if (typed.leftArrow) return [{ kind: 'sideways', sign: -1 }];
  if (typed.rightArrow) return [{ kind: 'sideways', sign: 1 }];
  if (typed.tab) return [{ kind: 'next-subject', sign: typed.shift ? -1 : 1 }];
  if (typed.return) return [{ kind: 'enter' }];
  if (typed.escape) return [{ kind: 'escape' }];
  if (typed.backspace || typed.delete) return [{ kind: 'delete' }];
  if (typed.ctrl) return Array.from(text).flatMap((letter) => CONTROL[letter] ?? []);
  // Enter and what comes before it may arrive in one text.
  return Array.from(text).flatMap((letter): readonly Key[] => {
    if (letter === '\r' || letter === '\n') return [{ kind: 'enter' }];
    const moving = isText ? undefined : MOVING[letter];
    return [moving ?? { kind: 'letter', letter }];
  });
}

function line(sign: 1 | -1): Key {
  return { kind: 'move', by: 'line', sign };
}

function page(sign: 1 | -1): Key {
  return { kind: 'move', by: 'page', sign };
}

function all(sign: 1 | -1): Key {
  return { kind: 'move', by: 'all', sign };
}

const CONTROL: Readonly<Record<string, Key>> = {
  c: { kind: 'quit' },
  z: { kind: 'suspend' },
  l: { kind: 'redraw' },
  b: page(-1),
  f: page(1),
};

const MOVING: Readonly<Record<string, Key>> = { j: line(1), k: line(-1), g: all(-1), G: all(1) };

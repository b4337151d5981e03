/** The Ink app: shows the view's lines, and turns typed characters into keys. Everything else is decided outside React. */
import { Box, Text, type TextProps, useInput } from 'ink';
import { memo, useSyncExternalStore } from 'react';
import type { Line, Tone } from '../text/view-line.ts';
import type { Key } from './navigation.ts';
import type { View } from './view.ts';

export interface AppProps {
  readonly view: View;
  readonly isColourful: boolean;
}

export function App({ view, isColourful }: AppProps) {
  const lines = useSyncExternalStore(view.subscribe, view.frame);
  useInput(
    (input, { upArrow, downArrow, pageUp, pageDown, return: enter, escape, ctrl }) => {
      if (upArrow) view.press('up');
      else if (downArrow) view.press('down');
      else if (pageUp) view.press('page-up');
      else if (pageDown) view.press('page-down');
      else if (enter) view.press('enter');
      else if (escape) view.press('escape');
      // Keys that are typed quickly arrive together.
      else for (const letter of input) press(view, ctrl ? `ctrl-${letter}` : letter);
    },
    { isActive: view.keys !== 'none' },
  );
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        <Row key={row} line={line} isColourful={isColourful} />
      ))}
    </Box>
  );
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

function press(view: View, letter: string): void {
  const key = KEYS[letter];
  if (key !== undefined) view.press(key);
}

const STYLES: Readonly<Record<Tone, TextProps>> = {
  plain: {},
  strong: { bold: true },
  faint: { dimColor: true },
  live: { color: 'cyan' },
  good: { color: 'green' },
  bad: { color: 'red' },
  warn: { color: 'yellow' },
};

interface RowProps {
  readonly line: Line;
  readonly isColourful: boolean;
}

const Row = memo(
  function Row({ line, isColourful }: RowProps) {
    return (
      <Box height={1} flexShrink={0}>
        <Text wrap="truncate">
          {line.length === 0
            ? ' '
            : line.map(({ text, tone }, index) => (
                <Text key={index} {...(isColourful ? STYLES[tone] : {})}>
                  {text}
                </Text>
              ))}
        </Text>
      </Box>
    );
  },
  (before, after) => before.isColourful === after.isColourful && isSame(before.line, after.line),
);

function isSame(a: Line, b: Line): boolean {
  return a.length === b.length && a.every(({ text, tone }, k) => text === b[k]!.text && tone === b[k]!.tone);
}

/** The Ink app: shows what a view draws, and tells it what is typed. Everything else is decided outside React. */
import { Box, Text, type TextProps, useInput } from 'ink';
import { memo, useSyncExternalStore } from 'react';
import type { Line, Tone } from '../text/view-line.ts';
import type { Drawn } from './drawn.ts';

export interface AppProps {
  readonly view: Drawn;
  readonly isColourful: boolean;
}

export function App({ view, isColourful }: AppProps) {
  const lines = useSyncExternalStore(view.subscribe, view.frame);
  useInput(view.typed, { isActive: view.takesKeys });
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        <Row key={row} line={line} isColourful={isColourful} />
      ))}
    </Box>
  );
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

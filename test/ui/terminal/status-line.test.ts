import { EventEmitter } from 'node:events';
import type { WriteStream } from 'node:tty';
import { describe, expect, test } from 'vitest';
import { StatusLine } from '../../../src/ui/terminal/status-line.ts';
import type { Terminal } from '../../../src/ui/terminal/terminal.ts';

/** A stream that appends to the same screen as `write`, as the terminal's two streams do. */
class Stream extends EventEmitter {
  readonly #append: (text: string) => void;

  constructor(append: (text: string) => void) {
    super();
    this.#append = append;
  }

  write(text: string): boolean {
    this.#append(text);
    return true;
  }
}

function terminal(columns = 80) {
  let text = '';
  const write = (more: string): void => void (text += more);
  const stdout = new Stream(write);
  const stderr = new Stream(write);
  let sink: ((text: string) => void) | undefined;
  const parts = {
    write,
    stdout: stdout as unknown as WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    size: () => ({ columns, rows: 24 }),
    divertWrites: (take: (text: string) => void) => {
      sink = take;
      return () => (sink = undefined);
    },
  };
  /** What the lines of the screen show in the end: text after a carriage return and an erasure replaces its line. */
  const screen = (): readonly string[] => text.split('\n').map((line) => line.replace(/^[^]*\r\u001b\[K/, ''));
  return {
    status: new StatusLine(parts as unknown as Terminal),
    stdout,
    stderr,
    sink: () => sink,
    screen,
    raw: () => text,
  };
}

describe('the status line', () => {
  test('is written at once, replaced in place, and erased', () => {
    const { status, screen } = terminal();
    status.show('bundling ...');
    expect(screen()).toEqual(['bundling ...']);
    status.show('planning ...');
    expect(screen()).toEqual(['planning ...']);
    status.clear();
    expect(screen()).toEqual(['']);
  });

  test('keeps below what other code prints, whose lines stay whole', () => {
    const { status, stdout, stderr, sink, screen } = terminal();
    status.show('bundling ...');
    stdout.write('words of ');
    stderr.write('a warning\n');
    stdout.write('the pipeline\n');
    sink()!('restage: a message\n');
    expect(screen()).toEqual(['a warning', 'words of the pipeline', 'restage: a message', 'bundling ...']);
    status.clear();
    expect(screen().at(-1)).toBe('');
    stdout.write('later\n');
    expect(screen().slice(-2)).toEqual(['later', '']);
    expect(sink()).toBeUndefined();
  });

  test('fits the terminal and leaves no listener behind', () => {
    const before = process.listenerCount('exit');
    const { status, screen } = terminal(10);
    status.show('bundling the pipeline');
    expect(screen()[0]).toHaveLength(9);
    status.clear();
    expect(process.listenerCount('exit')).toBe(before);
  });
});

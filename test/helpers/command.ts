/**
 * The command line inside the test's own process: `main` with output in memory. It loads nothing twice and starts no
 * process, so a call takes milliseconds.
 */
import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { type Io, OutputClosedError, type TerminalStreams } from '../../src/cli/io/io.ts';
import { main } from '../../src/cli/main.ts';
import { harmless } from '../../src/ui/text/harmless.ts';
import { isColourful } from '../../src/ui/text/style.ts';
import type { Verbs } from '../../src/cli/arguments/verb.ts';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  /** Default: the repository. */
  readonly cwd?: string;
  readonly env?: Io['env'];
  /** Standard output is a terminal of so many columns. */
  readonly columns?: number;
  /** What standard input holds; default: nothing. */
  readonly stdin?: string;
  /** Default: those of restage. */
  readonly verbs?: Verbs;
}

/** One command line, to its end. */
export async function restage(args: readonly string[], place: Place = {}): Promise<Outcome> {
  return new Command(args, place).outcome;
}

/** The one sentence on standard error, without `restage: `. On a terminal it may take several lines. */
export function sentence({ stderr }: { readonly stderr: string }): string {
  const lines = stderr
    .trimEnd()
    .replaceAll(/\n {4}(?=\S)/g, ' ')
    .split('\n');
  if (lines.length !== 1 || !lines[0]!.startsWith('restage: ')) throw new Error(`not one sentence: ${stderr}`);
  return lines[0]!.slice('restage: '.length);
}

/** A command line that is running. */
export class Command {
  readonly outcome: Promise<Outcome>;
  readonly #interrupts = new Set<() => void>();
  readonly #waiting = new Set<() => void>();
  #stdout = Buffer.alloc(0);
  #stderr = '';
  #isRead = true;

  /** @param call what runs the command line; default: `main` of the sources */
  constructor(
    args: readonly string[],
    { cwd = REPOSITORY, env = {}, columns, stdin = '', verbs }: Place = {},
    call: typeof main = main,
  ) {
    const io: Io = {
      cwd,
      env,
      writeOut: (content) =>
        this.#write(typeof content === 'string' ? harmless(content, isColourful(columns !== undefined, env)) : content),
      writeError: (text) => (this.#stderr += harmless(text, false)),
      readIn: () => stdin,
      terminal: () => (columns === undefined ? undefined : terminalOf(columns)),
      onInterrupt: (listener) => {
        this.#interrupts.add(listener);
        return () => this.#interrupts.delete(listener);
      },
    };
    this.outcome = call(args, io, verbs).then((code) => ({ code, stdout: this.stdout, stderr: this.#stderr }));
  }

  get stdout(): string {
    return this.#stdout.toString();
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves once standard output has these words. */
  async said(words: string): Promise<void> {
    const over = this.outcome.then(() => {
      if (!this.stdout.includes(words)) throw new Error(`ended without "${words}": ${this.stdout}${this.#stderr}`);
    });
    const heard = new Promise<void>((resolve) => {
      const look = (): void => {
        if (!this.stdout.includes(words)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
    await Promise.race([over, heard]);
  }

  /** Ctrl-C. */
  interrupt(): void {
    for (const listener of [...this.#interrupts]) listener();
  }

  /** From now on nobody reads standard output. */
  stopReading(): void {
    this.#isRead = false;
  }

  #write(content: string | Uint8Array): void {
    if (!this.#isRead) throw new OutputClosedError('The reader of the output has gone away.');
    this.#stdout = Buffer.concat([this.#stdout, Buffer.from(content)]);
    for (const look of [...this.#waiting]) look();
  }
}

/** Only its size is looked at: the tests of the view on a terminal are in test/e2e/terminal.test.ts. */
function terminalOf(columns: number): TerminalStreams {
  const stdout = Object.assign(new PassThrough(), { columns, rows: 24, isTTY: true }) as unknown as WriteStream;
  const stdin = new PassThrough() as unknown as ReadStream;
  return { stdin, stdout, stderr: stdout, write: (text) => stdout.write(text), divertWrites: () => () => undefined };
}

/**
 * The command line inside the test's own process: `main` with output in memory. It loads nothing twice and starts no
 * process, so a call takes milliseconds.
 */
import { fileURLToPath } from 'node:url';
import { type Io, OutputClosedError } from '../../src/cli/io/io.ts';
import { main } from '../../src/cli/main.ts';

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
}

/** One command line, to its end. */
export async function restage(args: readonly string[], place: Place = {}): Promise<Outcome> {
  return new Command(args, place).outcome;
}

/** The one sentence on standard error, without `restage: `. */
export function sentence({ stderr }: { readonly stderr: string }): string {
  const lines = stderr.trimEnd().split('\n');
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
  constructor(args: readonly string[], { cwd = REPOSITORY, env = {} }: Place = {}, call: typeof main = main) {
    const io: Io = {
      cwd,
      env,
      writeOut: (content) => this.#write(content),
      writeError: (text) => (this.#stderr += text),
      terminal: () => undefined,
      onInterrupt: (listener) => {
        this.#interrupts.add(listener);
        return () => this.#interrupts.delete(listener);
      },
    };
    this.outcome = call(args, io).then((code) => ({ code, stdout: this.stdout, stderr: this.#stderr }));
  }

  get stdout(): string {
    return this.#stdout.toString();
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

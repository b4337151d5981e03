/**
 * Programs that take steps of a training when they are told to, and idle in between: each loads and warms up once, so
 * that rounds can be short and many.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** What a program took for some steps. */
export interface Steps {
  readonly steps: number;
  /** Seconds. */
  readonly wall: number;
  /** Seconds, of all its threads. */
  readonly cpu: number;
}

export class Stepper {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #command: string;
  /** The loss after the steps that are checked, and what took them. */
  readonly loss: number;
  readonly about: string;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    command: string,
    { loss, about }: { loss: number; about: string },
  ) {
    this.#child = child;
    this.#lines = lines;
    this.#command = command;
    this.loss = loss;
    this.about = about;
  }

  static async open([program, ...args]: readonly [string, ...string[]]): Promise<Stepper> {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const command = [program, ...args].join(' ');
    return new Stepper(child, lines, command, (await next(lines, command)) as { loss: number; about: string });
  }

  /** Takes steps for about so many seconds. */
  async go(seconds: number): Promise<Steps> {
    this.#child.stdin.write(`${seconds}\n`);
    return (await next(this.#lines, this.#command)) as Steps;
  }

  close(): void {
    this.#child.stdin.end();
    this.#child.kill();
  }
}

async function next(lines: AsyncIterator<string>, command: string): Promise<unknown> {
  const line = await lines.next();
  if (line.done === true) throw new Error(`${command} ended where it was to answer.`);
  return JSON.parse(line.value) as unknown;
}

/**
 * A client of tmux in control mode: one process for all commands about a session, which also tells when the session's
 * terminal shows something new. A process for each command takes 20 ms of a processor, and who waits asks many times.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

interface Waiting {
  readonly resolve: (text: string) => void;
  readonly reject: (reason: Error) => void;
}

export class TmuxControl {
  readonly #client: ChildProcessWithoutNullStreams;
  /** Commands without an answer, in their order. */
  readonly #commands: Waiting[] = [];
  readonly #wakes = new Set<() => void>();
  /** Number of the answer whose lines are being read, and its lines. */
  #answer: { readonly number: string; readonly isOwn: boolean; readonly lines: string[] } | undefined;
  #changes = 0;
  #rest = '';
  #end: string | undefined;

  /** @param env where the server's socket is, among others */
  constructor(session: string, env: NodeJS.ProcessEnv) {
    this.#client = spawn('tmux', ['-u', '-C', 'attach-session', '-t', session], { env });
    this.#client.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#client.stdin.on('error', () => undefined);
    this.#client.once('close', (code) => this.#over(`the client of tmux ended with ${code}`));
    this.#client.once('error', (error) => this.#over(error.message));
  }

  /** How often the terminal got something to show so far. */
  get changes(): number {
    return this.#changes;
  }

  /** One command of tmux. @returns what it prints @throws what tmux has against it */
  async ask(...words: readonly string[]): Promise<string> {
    if (this.#end !== undefined) throw new Error(`tmux ${words[0]}: ${this.#end}`);
    return new Promise((resolve, reject) => {
      this.#commands.push({ resolve, reject });
      this.#client.stdin.write(`${words.map(quoted).join(' ')}\n`);
    });
  }

  /** Resolves once the terminal has got something after so many changes, or the client has ended. */
  async changedSince(changes: number): Promise<void> {
    while (this.#changes === changes && this.#end === undefined)
      await new Promise<void>((resolve) => this.#wakes.add(resolve));
  }

  close(): void {
    this.#client.kill();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    const [, kind, number, isOwn] = /^%(begin|end|error|output)\b(?: \d+ (\d+) (\d+)$)?/.exec(line) ?? [];
    if (this.#answer !== undefined) {
      if (number !== this.#answer.number || kind === 'begin') this.#answer.lines.push(line);
      else this.#answered(kind === 'error');
    } else if (kind === 'begin') this.#answer = { number: number!, isOwn: isOwn === '1', lines: [] };
    else if (kind === 'output') {
      this.#changes++;
      this.#wake();
    }
  }

  #answered(isError: boolean): void {
    const { isOwn, lines } = this.#answer!;
    this.#answer = undefined;
    // The client's start is answered too.
    if (!isOwn) return;
    const text = lines.join('\n');
    const command = this.#commands.shift();
    if (isError) command?.reject(new Error(`tmux: ${text}`));
    else command?.resolve(text);
  }

  #over(reason: string): void {
    this.#end ??= reason;
    for (const { reject } of this.#commands.splice(0)) reject(new Error(`tmux: ${reason}`));
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
    this.#wakes.clear();
  }
}

/** As a word of tmux's own language of commands. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

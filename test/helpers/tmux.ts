/** Real pseudo-terminals, by tmux: commands are typed into a shell, and what the screen shows is read back. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';
import { childProcesses } from './child-processes.ts';

const run = promisify(execFile);

/** Why tests with a terminal are skipped; undefined where tmux is there. */
export const noTmux: string | undefined =
  spawnSync('tmux', ['-V']).status === 0 ? undefined : 'tmux is not installed (apt-get install tmux)';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

let home: string | undefined;
afterAll(() => {
  if (home === undefined) return;
  spawnSync('tmux', ['kill-server'], { env: { ...process.env, TMUX_TMPDIR: home } });
  rmSync(home, { recursive: true, force: true });
});

async function tmux(...args: readonly string[]): Promise<string> {
  home ??= mkdtempSync(join(tmpdir(), 'restage-tmux-'));
  // Within a tmux of the user's own, too.
  const env = { ...process.env, TMUX: undefined };
  const { stdout } = await run('tmux', ['-f', '/dev/null', ...args], { env: { ...env, TMUX_TMPDIR: home } });
  return stdout;
}

export class Pane {
  readonly #name: string;

  private constructor(name: string) {
    this.#name = name;
  }

  /** A shell in a terminal of this size. */
  static async open(
    { columns, rows }: TerminalSize,
    cwd: string,
    env: Readonly<Record<string, string>>,
  ): Promise<Pane> {
    const name = `p${Math.trunc(performance.now() * 1000)}`;
    const unset = Object.keys(process.env).filter((key) =>
      /^(CI|CONTINUOUS_INTEGRATION|NO_COLOR|VITEST.*|NODE_ENV|TEST)$/.test(key),
    );
    const shell = [
      'env',
      ...unset.flatMap((key) => ['-u', key]),
      ...Object.entries(env).map(([key, value]) => `${key}=${value}`),
    ];
    await tmux(
      'new-session',
      '-d',
      '-s',
      name,
      '-c',
      cwd,
      '-x',
      `${columns}`,
      '-y',
      `${rows}`,
      ...shell,
      'PS1=> ',
      'sh',
    );
    const pane = new Pane(name);
    await pane.until((lines) => lines.includes('>'));
    return pane;
  }

  /** What the screen shows, without blanks at the ends of lines; `colours` leaves the escape sequences in. */
  async lines(colours = false): Promise<readonly string[]> {
    const text = await tmux('capture-pane', '-p', ...(colours ? ['-e'] : []), '-t', this.#name);
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => line.trimEnd());
  }

  /** Also what has scrolled out of sight. */
  async history(): Promise<string> {
    return tmux('capture-pane', '-p', '-J', '-S', '-', '-t', this.#name);
  }

  /** Waits until the screen shows what is looked for, however long it takes; the test's timeout ends it. */
  async until(holds: (lines: readonly string[]) => boolean): Promise<readonly string[]> {
    for (;;) {
      const lines = await this.lines();
      if (holds(lines)) return lines;
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }

  async untilShown(what: string | RegExp): Promise<readonly string[]> {
    return this.until((lines) =>
      lines.some((line) => (typeof what === 'string' ? line.includes(what) : what.test(line))),
    );
  }

  async type(text: string): Promise<void> {
    await tmux('send-keys', '-t', this.#name, '-l', text);
  }

  /** Presses a key by its name in tmux: Enter, Up, Escape, C-c. */
  async press(...keys: readonly string[]): Promise<void> {
    await tmux('send-keys', '-t', this.#name, ...keys);
  }

  async resize({ columns, rows }: TerminalSize): Promise<void> {
    await tmux('resize-window', '-t', this.#name, '-x', `${columns}`, '-y', `${rows}`);
  }

  async isCursorShown(): Promise<boolean> {
    return (await tmux('display-message', '-p', '-t', this.#name, '#{cursor_flag}')).trim() === '1';
  }

  /** A program has the second screen, whose content goes when the program leaves it. */
  async isSecondScreen(): Promise<boolean> {
    return (await tmux('display-message', '-p', '-t', this.#name, '#{alternate_on}')).trim() === '1';
  }

  /** Settings of the terminal, as stty tells them. Asked from outside: the shell may be waiting for a command. */
  async settings(): Promise<string> {
    const tty = (await tmux('display-message', '-p', '-t', this.#name, '#{pane_tty}')).trim();
    return (await run('stty', ['-a', '-F', tty])).stdout;
  }

  /** Sends a signal to what the shell runs. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const shell = (await tmux('display-message', '-p', '-t', this.#name, '#{pane_pid}')).trim();
    for (const pid of childProcesses(Number(shell))) process.kill(pid, signal);
  }
}

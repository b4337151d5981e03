/** Real pseudo-terminals, by tmux: commands are typed into a shell, and what the screen shows is read back. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { childProcesses } from './child-processes.ts';
import { TmuxControl } from './tmux-control.ts';

const run = promisify(execFile);

/** Why tests with a terminal are skipped; undefined where tmux is there. */
export const noTmux: string | undefined =
  spawnSync('tmux', ['-V']).status === 0 ? undefined : 'tmux is not installed (apt-get install tmux)';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

let home: string | undefined;
const controls = new Set<TmuxControl>();
/** By pane: the latest screen of those whose test waits for another one. */
const waitedFor = new Map<Pane, readonly string[]>();

/** Ends every pane with its shell, and the server of tmux. Prints the screens that a test waited for in vain. */
export function closePanes(): void {
  for (const screen of waitedFor.values()) console.error(`a test ended while it waited at\n${screen.join('\n')}`);
  waitedFor.clear();
  for (const control of controls) control.close();
  controls.clear();
  if (home === undefined) return;
  spawnSync('tmux', ['kill-server'], { env: environment(home) });
  rmSync(home, { recursive: true, force: true });
  home = undefined;
}

/** A server of tmux of its own, within a tmux of the user's own too. */
function environment(directory: string): NodeJS.ProcessEnv {
  return { ...process.env, TMUX: undefined, TMUX_TMPDIR: directory };
}

export class Pane {
  readonly #name: string;
  readonly #control: TmuxControl;

  private constructor(name: string, control: TmuxControl) {
    this.#name = name;
    this.#control = control;
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
    home ??= mkdtempSync(join(tmpdir(), 'restage-tmux-'));
    const options = ['-d', '-s', name, '-c', cwd, '-x', `${columns}`, '-y', `${rows}`];
    await run('tmux', ['-f', '/dev/null', 'new-session', ...options, ...shell, 'PS1=> ', 'sh'], {
      env: environment(home),
    });
    const control = new TmuxControl(name, environment(home));
    controls.add(control);
    const pane = new Pane(name, control);
    await pane.until((lines) => lines.includes('>'));
    return pane;
  }

  /** What the screen shows, without blanks at the ends of lines; `colours` leaves the escape sequences in. */
  async lines(colours = false): Promise<readonly string[]> {
    const text = await this.#tmux('capture-pane', '-p', ...(colours ? ['-e'] : []));
    return text.split('\n').map((line) => line.trimEnd());
  }

  /** Also what has scrolled out of sight. */
  async history(): Promise<string> {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-');
  }

  /** Waits until the screen shows what is looked for, however long it takes; the test's timeout ends it. */
  async until(holds: (lines: readonly string[]) => boolean): Promise<readonly string[]> {
    for (;;) {
      const { changes } = this.#control;
      const lines = await this.lines();
      waitedFor.set(this, lines);
      if (holds(lines)) {
        waitedFor.delete(this);
        return lines;
      }
      await this.#control.changedSince(changes);
    }
  }

  async untilShown(what: string | RegExp): Promise<readonly string[]> {
    return this.until((lines) =>
      lines.some((line) => (typeof what === 'string' ? line.includes(what) : what.test(line))),
    );
  }

  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text);
  }

  /** Presses a key by its name in tmux: Enter, Up, Escape, C-c. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  async resize({ columns, rows }: TerminalSize): Promise<void> {
    await this.#tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`);
  }

  async isCursorShown(): Promise<boolean> {
    return (await this.#tmux('display-message', '-p', '#{cursor_flag}')).trim() === '1';
  }

  /** A program has the second screen, whose content goes when the program leaves it. */
  async isSecondScreen(): Promise<boolean> {
    return (await this.#tmux('display-message', '-p', '#{alternate_on}')).trim() === '1';
  }

  /** Settings of the terminal, as stty tells them. Asked from outside: the shell may be waiting for a command. */
  async settings(): Promise<string> {
    const tty = (await this.#tmux('display-message', '-p', '#{pane_tty}')).trim();
    return (await run('stty', ['-a', '-F', tty])).stdout;
  }

  /** Sends a signal to what the shell runs. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const shell = (await this.#tmux('display-message', '-p', '#{pane_pid}')).trim();
    for (const pid of childProcesses(Number(shell))) process.kill(pid, signal);
  }

  async #tmux(command: string, ...words: readonly string[]): Promise<string> {
    return this.#control.ask(command, '-t', this.#name, ...words);
  }
}

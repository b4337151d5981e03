/**
 * The reporter for a terminal: a view of the run while it goes on, and ordinary lines when it is over. Ink and React, which
 * take half a second to load, are loaded once something has been running for a moment; so a run that finds everything up
 * to date, or is done in the blink of an eye, says so in plain lines and is not kept waiting.
 */
import type { PauseSwitch } from '../../execution/pause-switch.ts';
import type { RunReport } from '../../run/request.ts';
import type { RunEvent } from '../../events.ts';
import type { Commands } from '../text/commands.ts';
import type { Action } from '../ink/navigation.ts';
import type { Mounted, Terminal } from '../ink/mount.ts';
import { View } from '../ink/view.ts';
import { memoryUse } from '../model/memory-use.ts';
import type { Reporter } from './reporter.ts';
import { plainReporter } from './plain-reporter.ts';
import { summaryLines } from '../text/run-summary.ts';
import type { Style } from '../text/style.ts';

export interface TerminalOptions {
  readonly terminal: Terminal;
  /** Writes to standard error. */
  readonly complain: (text: string) => void;
  readonly style: Style;
  readonly commands: Commands;
  /** What keys may do to the run; null for a run that another process makes. */
  readonly control: RunControl | null;
  /** Ends the watching of such a run. */
  readonly leave: () => void;
}

export interface RunControl {
  /** Interrupts the run; a second time, at once. */
  readonly cancel: () => void;
  readonly pause: PauseSwitch;
}

const PATIENCE_MS = 200;
const MOST_NOTICES = 20;
/** Events after which the run may take a while. */
const STARTS_VIEW: readonly RunEvent['type'][] = ['node-queued', 'node-waiting', 'node-started'];

export function terminalReporter(options: TerminalOptions): Reporter {
  const { terminal, complain, style, commands, control, leave } = options;
  const { write } = terminal;
  let mounted: Mounted | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let isAsked = false;
  let isClosed = false;
  /** What goes on telling where the view failed, and what it has to be told first. */
  let plain: Reporter | undefined;
  const told: RunEvent[] = [];

  const act = (action: Action): void => {
    switch (action) {
      case 'quit':
        if (control === null) leave();
        else control.cancel();
        break;
      case 'pause':
        control?.pause.set(!control.pause.on);
        break;
      case 'redraw':
        mounted?.redraw();
        break;
      case 'suspend':
        mounted?.suspend();
        break;
    }
  };

  const close = (): void => {
    isClosed = true;
    clearTimeout(waiting);
    mounted?.close();
    mounted = undefined;
  };

  const fail = (error: unknown): void => {
    if (isClosed) return;
    close();
    const reason = error instanceof Error ? error.message : String(error);
    complain(
      `restage: the terminal view failed (${reason}); the run goes on. Use --reporter plain, and please report it.\n`,
    );
    plain = plainReporter({ write, style, verbose: false, commands });
    for (const event of told) plain.event(event);
    // Nobody could press the key again.
    control?.pause.set(false);
  };

  const view = new View({
    command: commands.again,
    logCommand: (node) => commands.log(node),
    keys: terminal.stdin.isTTY ? (control === null ? 'watch' : 'control') : 'none',
    size: terminal.size,
    memory: control === null ? () => null : memoryUse,
    act,
    fail,
    now: Date.now,
  });

  const show = async (): Promise<void> => {
    const { loadReactForProduction } = await import('../ink/react-for-production.ts');
    loadReactForProduction();
    const { mountView } = await import('../ink/mount.ts');
    // It may be over by now.
    if (!isClosed) mounted = mountView(view, terminal);
  };

  return {
    event(event: RunEvent) {
      if (plain !== undefined) {
        plain.event(event);
        return;
      }
      view.event(event);
      if (event.type === 'run-started' || (event.type === 'notice' && told.length <= MOST_NOTICES)) told.push(event);
      if (isAsked || !STARTS_VIEW.includes(event.type)) return;
      isAsked = true;
      waiting = setTimeout(() => void show().catch(fail), PATIENCE_MS);
    },
    interrupting() {
      view.stopping();
      return mounted !== undefined;
    },
    close,
    finish(report: RunReport) {
      if (plain !== undefined) {
        plain.finish(report);
        return;
      }
      close();
      for (const event of told) if (event.type === 'notice') write(`${style.yellow('note')}  ${event.text}\n`);
      write(`${summaryLines(report, style, commands).join('\n')}\n`);
    },
  };
}

/**
 * The reporter for a terminal: a view of the run while it goes on, and ordinary lines when it has ended. Ink and React take
 * half a second to load, so they are loaded only once something has been running for a moment; until then one line says
 * what goes on. A run that has nothing to do, or little, never waits for them.
 */
import type { PauseSwitch } from '../../execution/scheduling/pause-switch.ts';
import type { RunReport } from '../../run/request.ts';
import type { RunEvent } from '../../events.ts';
import type { Mounted } from '../ink/mount.ts';
import type { Action } from '../ink/navigation.ts';
import { View } from '../ink/view.ts';
import { RunTally } from '../model/run-tally.ts';
import { summaryLines } from '../summary/run-summary.ts';
import { memoryUse } from '../terminal/memory-use.ts';
import { StatusLine } from '../terminal/status-line.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { plural } from '../text/format.ts';
import type { Presentation } from '../text/presentation.ts';
import { plainReporter } from './plain-reporter.ts';
import type { Reporter } from './reporter.ts';

export interface TerminalOptions {
  readonly terminal: Terminal;
  /** Writes to standard error. */
  readonly complain: (text: string) => void;
  readonly presentation: Presentation;
  /** What keys may do to the run; null for a run of another process. */
  readonly control: RunControl | null;
  /** Stops watching a run of another process. */
  readonly leave: () => void;
}

export interface RunControl {
  /** Interrupts the run; a second call ends the process at once. */
  readonly cancel: () => void;
  readonly pause: PauseSwitch;
}

const PATIENCE_MS = 200;
const MOST_NOTICES = 20;
/** Events after which the run may take a while. */
const STARTS_VIEW: readonly RunEvent['type'][] = ['node-queued', 'node-waiting', 'node-started'];

export function terminalReporter(options: TerminalOptions): Reporter {
  const { terminal, complain, presentation, control, leave } = options;
  const { style, commands, directory } = presentation;
  const { write } = terminal;
  const status = new StatusLine(terminal);
  const tally = new RunTally();
  let mounted: Mounted | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let isAsked = false;
  let isClosed = false;
  /** Takes over if the view fails; `told` is what it has to hear first. */
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
    status.clear();
    mounted?.close();
    mounted = undefined;
  };

  const fail = (error: unknown): void => {
    if (isClosed) return;
    close();
    const reason = error instanceof Error ? error.message : String(error);
    complain(
      `restage: the terminal view failed (${reason}); the run continues. Use --reporter plain, and please report it.\n`,
    );
    plain = plainReporter({ write, presentation, verbose: false });
    for (const event of told) plain.event(event);
    // Without a view no key can resume the run.
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
    directory,
  });

  const show = async (): Promise<void> => {
    const { loadReactForProduction } = await import('../ink/react-for-production.ts');
    loadReactForProduction();
    const { mountView } = await import('../ink/mount.ts');
    // The run may have ended meanwhile.
    if (isClosed) return;
    status.clear();
    mounted = mountView(view, terminal);
  };

  const tellStatus = (event: RunEvent): void => {
    if (isClosed || mounted !== undefined) return;
    const { run } = view.model;
    try {
      if (event.type === 'run-preparing') status.show(`${event.activity} ...`);
      else if (STARTS_VIEW.includes(event.type) && run !== undefined)
        status.show(`run ${run.run} of ${run.pipeline}: ${plural(run.nodes, 'node')} ...`);
    } catch (error) {
      // The run must not fail because its terminal does.
      fail(error);
    }
  };

  return {
    event(event: RunEvent) {
      tally.event(event);
      if (plain !== undefined) {
        plain.event(event);
        return;
      }
      view.event(event);
      tellStatus(event);
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
      write(`${summaryLines(report, tally, presentation).join('\n')}\n`);
    },
  };
}

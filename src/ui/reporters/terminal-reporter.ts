/**
 * The reporter for a terminal: a view of the run while it runs, and ordinary lines when it has ended. Ink and React
 * take half a second to load, so they and the view are loaded only once something has been running for a moment; until
 * then one line says what restage does. A run that has nothing to do, or little, never waits for them.
 */
import type { RunReport } from '../../run/request.ts';
import type { RunEvent, RunStarted } from '../../events.ts';
import type { Mounted } from '../ink/mount.ts';
import type { View } from '../ink/view.ts';
import { RunTally } from '../model/run-tally.ts';
import { summaryLines } from '../summary/run-summary.ts';
import { StatusLine } from '../terminal/status-line.ts';
import { plural } from '../text/format.ts';
import { PlainReporter } from './plain-reporter.ts';
import type { Reporter } from './reporter.ts';
import type { TerminalOptions } from './terminal-options.ts';

const PATIENCE_MS = 200;
const MOST_NOTICES = 20;
/** Events after which the run may take a while. */
const STARTS_VIEW: readonly RunEvent['type'][] = ['node-queued', 'node-waiting', 'node-started'];

export function terminalReporter(options: TerminalOptions): Reporter {
  const { terminal, print, complain, presentation, control } = options;
  const { style } = presentation;
  const status = new StatusLine(terminal);
  const tally = new RunTally();
  let run: RunStarted | undefined;
  let view: View | undefined;
  /** Events before the view is loaded. */
  let early: RunEvent[] = [];
  let mounted: Mounted | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let isAsked = false;
  let isStopping = false;
  let isClosed = false;
  /** Takes over if the view fails; `told` is what it has to hear first. */
  let plain: Reporter | undefined;
  const told: RunEvent[] = [];

  const close = (): void => {
    isClosed = true;
    early = [];
    clearTimeout(waiting);
    status.clear();
    mounted?.close();
    mounted = undefined;
  };

  /** Once: also of a run that ends before it has begun. */
  const tellNotices = (): void => {
    for (const event of told.splice(0)) if (event.type === 'notice') print(`${style.yellow('note')}  ${event.text}\n`);
  };

  const fail = (error: unknown): void => {
    if (isClosed) return;
    close();
    const reason = error instanceof Error ? error.message : String(error);
    complain(
      `restage: the terminal view failed (${reason}); the run continues. Use --reporter plain, and please report it.\n`,
    );
    plain = new PlainReporter({ write: print, presentation, verbose: false });
    for (const event of told.splice(0)) plain.event(event);
    // Without a view no key can resume the run.
    control?.pause.set(false);
  };

  const show = async (): Promise<void> => {
    const { loadReactForProduction } = await import('../ink/react-for-production.ts');
    loadReactForProduction();
    const [{ mountView }, { openView }] = await Promise.all([import('../ink/mount.ts'), import('./open-view.ts')]);
    // The run may have ended meanwhile.
    if (isClosed) return;
    view = openView(options, () => mounted, fail);
    for (const event of early) view.event(event);
    early = [];
    if (isStopping) view.stopping();
    status.clear();
    mounted = mountView(view, terminal);
  };

  const tellStatus = (event: RunEvent): void => {
    if (isClosed || mounted !== undefined) return;
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
      if (event.type === 'run-started') run = event;
      if (view === undefined) early.push(event);
      else view.event(event);
      tellStatus(event);
      if (event.type === 'run-started' || (event.type === 'notice' && told.length <= MOST_NOTICES)) told.push(event);
      if (isAsked || isClosed || !STARTS_VIEW.includes(event.type)) return;
      isAsked = true;
      waiting = setTimeout(() => void show().catch(fail), PATIENCE_MS);
    },
    interrupting() {
      isStopping = true;
      view?.stopping();
      return mounted !== undefined;
    },
    close() {
      close();
      tellNotices();
    },
    finish(report: RunReport) {
      if (plain !== undefined) {
        plain.finish(report);
        return;
      }
      close();
      tellNotices();
      print(`${summaryLines(report, tally, presentation).join('\n')}\n`);
    },
  };
}

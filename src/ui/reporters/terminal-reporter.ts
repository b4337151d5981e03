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

export class TerminalReporter implements Reporter {
  readonly #options: TerminalOptions;
  readonly #status: StatusLine;
  readonly #tally = new RunTally();
  #run: RunStarted | undefined;
  #view: View | undefined;
  /** Events before the view is loaded. */
  #early: RunEvent[] = [];
  #mounted: Mounted | undefined;
  /** Until the view is loaded; undefined before something may take a while. */
  #waiting: NodeJS.Timeout | undefined;
  #isStopping = false;
  #isClosed = false;
  /** Takes over if the view fails. */
  #plain: Reporter | undefined;
  /** What is printed below the view, or what `#plain` has to hear first. */
  readonly #told: RunEvent[] = [];

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#status = new StatusLine(options.terminal);
  }

  event(event: RunEvent): void {
    this.#tally.event(event);
    if (this.#plain !== undefined) {
      this.#plain.event(event);
      return;
    }
    if (event.type === 'run-started') this.#run = event;
    if (this.#view === undefined) this.#early.push(event);
    else this.#view.event(event);
    this.#tellStatus(event);
    if (event.type === 'run-started' || (event.type === 'notice' && this.#told.length <= MOST_NOTICES))
      this.#told.push(event);
    if (this.#isClosed || !STARTS_VIEW.includes(event.type)) return;
    this.#waiting ??= setTimeout(() => void this.#show().catch((error: unknown) => this.#fail(error)), PATIENCE_MS);
  }

  interrupting(): boolean {
    this.#isStopping = true;
    this.#view?.stopping();
    return this.#mounted !== undefined;
  }

  close(): void {
    this.#close();
    this.#tellNotices();
  }

  finish(report: RunReport): void {
    if (this.#plain !== undefined) {
      this.#plain.finish(report);
      return;
    }
    this.close();
    const { print, presentation } = this.#options;
    print(`${summaryLines(report, this.#tally, presentation).join('\n')}\n`);
  }

  async #show(): Promise<void> {
    const { loadReactForProduction } = await import('../ink/react-for-production.ts');
    loadReactForProduction();
    const [{ mountView }, { openView }] = await Promise.all([import('../ink/mount.ts'), import('./open-view.ts')]);
    // The run may have ended meanwhile.
    if (this.#isClosed) return;
    this.#view = openView(
      this.#options,
      () => this.#mounted,
      (error) => this.#fail(error),
    );
    for (const event of this.#early) this.#view.event(event);
    this.#early = [];
    if (this.#isStopping) this.#view.stopping();
    this.#status.clear();
    this.#mounted = mountView(this.#view, this.#options.terminal);
  }

  #tellStatus(event: RunEvent): void {
    if (this.#isClosed || this.#mounted !== undefined) return;
    const run = this.#run;
    try {
      if (event.type === 'run-preparing') this.#status.show(`${event.activity} ...`);
      else if (STARTS_VIEW.includes(event.type) && run !== undefined)
        this.#status.show(`run ${run.run} of ${run.pipeline}: ${plural(run.nodes, 'node')} ...`);
    } catch (error) {
      // The run must not fail because its terminal does.
      this.#fail(error);
    }
  }

  /** Once: also of a run that ends before it has begun. */
  #tellNotices(): void {
    const { print, presentation } = this.#options;
    for (const event of this.#told.splice(0))
      if (event.type === 'notice') print(`${presentation.style.yellow('note')}  ${event.text}\n`);
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#close();
    const { print, complain, presentation, control } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    complain(
      `restage: the terminal view failed (${reason}); the run continues. Use --reporter plain, and please report it.\n`,
    );
    this.#plain = new PlainReporter({ write: print, presentation, verbose: false });
    for (const event of this.#told.splice(0)) this.#plain.event(event);
    // Without a view no key can resume the run.
    control?.pause.set(false);
  }

  #close(): void {
    this.#isClosed = true;
    this.#early = [];
    clearTimeout(this.#waiting);
    this.#status.clear();
    this.#mounted?.close();
    this.#mounted = undefined;
  }
}

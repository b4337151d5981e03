/**
 * Plain lines, for pipes, files and continuous integration: few and useful. Nodes that are up to date are not
 * mentioned, a stage of many nodes is summed up in totals, an experiment by its branches, and log lines are shown only
 * for nodes that fail.
 */
import type {
  MadeBy,
  NodeFailed,
  NodeHit,
  NodeHeld,
  NodeProgress,
  NodeRan,
  NodeUndeclared,
  NodeWaiting,
  RunEvent,
  RunStarted,
} from '../../events.ts';
import type { RunReport } from '../../run/request.ts';
import { failurePlace } from '../model/failure-place.ts';
import { pushingWords } from '../model/pushing-words.ts';
import { RunTally } from '../model/run-tally.ts';
import { heldWords } from '../model/waiting-words.ts';
import { summaryLines } from '../summary/run-summary.ts';
import { plainLine } from '../text/cells.ts';
import { formatSeconds, plural, runWord } from '../text/format.ts';
import type { Presentation } from '../text/presentation.ts';
import { Crowds } from './crowds.ts';
import { ElsewhereLines } from './elsewhere-lines.ts';
import type { Reporter } from './reporter.ts';
import { TimedLines } from './timed-lines.ts';

export interface PlainOptions {
  readonly write: (text: string) => void;
  readonly presentation: Presentation;
  /** Show every log line. */
  readonly verbose: boolean;
}

const PACE_MS = 5000;
const LOG_TAIL = 10;

export class PlainReporter implements Reporter {
  readonly #write: (text: string) => void;
  readonly #presentation: Presentation;
  readonly #verbose: boolean;
  readonly #lines: TimedLines;
  readonly #elsewhere: ElsewhereLines;
  readonly #crowds: Crowds;
  readonly #tally = new RunTally();
  /** By node, as long as it is not over. */
  readonly #reasons = new Map<string, string>();
  readonly #toldAt = new Map<string, number>();
  readonly #logs = new Map<string, string[]>();
  /** What is told once: by its text, and by node. */
  readonly #undeclared = new Set<string>();
  readonly #held = new Set<string>();
  #run: number | undefined;

  constructor({ write, presentation, verbose }: PlainOptions) {
    this.#write = write;
    this.#presentation = presentation;
    this.#verbose = verbose;
    this.#lines = new TimedLines(write, presentation);
    const line = this.#line.bind(this);
    this.#elsewhere = new ElsewhereLines(line);
    this.#crowds = new Crowds(line);
  }

  event(event: RunEvent): void {
    const { style } = this.#presentation;
    this.#tally.event(event);
    this.#elsewhere.event(event, (stage) => this.#crowds.has(stage));
    switch (event.type) {
      case 'run-preparing':
        this.#preparing(event.activity);
        break;
      case 'run-started':
        this.#run = event.run;
        this.#lines.begin(event.at, header(event));
        this.#crowds.begin(event);
        break;
      case 'node-hit':
        this.#hit(event);
        break;
      case 'node-queued':
        if (!this.#crowds.has(event.stage)) this.#reasons.set(event.node, event.reason);
        break;
      case 'node-held':
        this.#heldBack(event);
        break;
      case 'node-waiting':
        this.#waiting(event);
        break;
      case 'node-started':
        this.#toldAt.set(event.node, event.at);
        if (!this.#crowds.has(event.stage))
          this.#line(event.at, 'start', started(event.node, this.#reasons.get(event.node)));
        break;
      case 'node-progress':
        this.#progress(event);
        break;
      case 'node-log':
        if (this.#verbose) this.#line(event.at, 'log', `${event.node}: ${event.text}`);
        else this.#keepTail(event.node, event.text);
        break;
      case 'node-undeclared':
        this.#undeclaredAccess(event);
        break;
      case 'node-ran':
        this.#ran(event);
        break;
      case 'node-attempt-failed': {
        const { at, node, attempt, failure } = event;
        this.#line(at, 'retry', `${node}: attempt ${attempt} failed (${failure.class}): ${failure.message}`);
        break;
      }
      case 'node-failed':
        this.#failed(event);
        break;
      case 'node-skipped':
        if (!this.#crowds.counted(event) && event.because !== null)
          this.#line(event.at, 'skipped', `${event.node}: ${event.because} failed`, style.yellow);
        break;
      case 'experiment-run':
        this.#crowds.experiment?.completed(event);
        break;
      case 'run-pushing':
        this.#line(event.at, 'push', pushingWords(event));
        break;
      case 'notice':
        this.#line(event.at, 'note', event.text, style.yellow);
        break;
      case 'run-paused':
        this.#line(event.at, event.paused ? 'pause' : 'resume', event.paused ? 'nothing new starts' : '');
        break;
      case 'node-metric':
      case 'node-observed':
      case 'run-finished':
        break;
    }
  }

  finish(report: RunReport): void {
    this.#elsewhere.end();
    this.#write(`${summaryLines(report, this.#tally, this.#presentation).join('\n')}\n`);
  }

  #line(at: number, word: string, text: string, paint?: (word: string) => string): void {
    this.#lines.line(at, word, text, paint);
  }

  /** Nobody looks at a pipe or a file in time. */
  #preparing(activity: string): void {
    const { style, width } = this.#presentation;
    if (Number.isFinite(width())) this.#write(`${style.dim(`${activity} ...`)}\n`);
  }

  #hit(event: NodeHit): void {
    if (this.#crowds.counted(event)) return;
    const words = hitWords(event, this.#run);
    if (words !== undefined) this.#line(event.at, 'hit', `${event.node}: ${words}`);
  }

  /** The later counts are not news. */
  #heldBack(event: NodeHeld): void {
    if (this.#held.has(event.node)) return;
    this.#held.add(event.node);
    this.#line(event.at, 'waiting', `${heldWords(event)}: ${event.node}`);
  }

  #waiting({ at, node, stage, run }: NodeWaiting): void {
    if (this.#crowds.isToldWaiting(stage)) return;
    this.#line(at, 'waiting', `for ${runWord(run)}: ${this.#crowds.has(stage) ? `nodes of ${stage}` : node}`);
  }

  #progress({ at, node, stage, done, total, note }: NodeProgress): void {
    if (this.#crowds.has(stage) || at - (this.#toldAt.get(node) ?? at) < PACE_MS) return;
    this.#toldAt.set(node, at);
    this.#line(at, '...', `${node}: ${done}/${total}${note === null ? '' : ` ${note}`}`);
  }

  /** Each node of a stage reaches the same. */
  #undeclaredAccess({ at, node, text }: NodeUndeclared): void {
    if (this.#undeclared.has(text)) return;
    this.#undeclared.add(text);
    this.#line(at, 'warning', `${node}: ${text}`, this.#presentation.style.yellow);
  }

  #ran(event: NodeRan): void {
    const { at, node, seconds, peakMiB } = event;
    const peak = peakMiB === null ? '' : `, peak ${Math.round(peakMiB)} MiB`;
    if (!this.#crowds.counted(event)) this.#line(at, 'ran', `${node} in ${formatSeconds(seconds)}${peak}`);
    this.#forget(node);
  }

  #failed(event: NodeFailed): void {
    const { at, node, failure } = event;
    const { directory, style } = this.#presentation;
    const place = failurePlace(failure, directory);
    const where = place === null ? '' : ` (${place})`;
    this.#line(at, 'failed', `${node} (${failure.class}): ${failure.message}${where}`, style.red);
    if (!this.#verbose)
      for (const text of this.#logs.get(node) ?? []) this.#write(`${' '.repeat(12)}| ${plainLine(text)}\n`);
    this.#crowds.counted(event);
    this.#forget(node);
  }

  #keepTail(node: string, text: string): void {
    const lines = this.#logs.get(node) ?? [];
    lines.push(text);
    if (lines.length > LOG_TAIL) lines.shift();
    this.#logs.set(node, lines);
  }

  #forget(node: string): void {
    for (const map of [this.#reasons, this.#toldAt, this.#logs]) map.delete(node);
  }
}

function header({ run, pipeline, nodes, jobs, backend, seed, experiment }: RunStarted): string {
  if (experiment !== undefined)
    return `run ${run} of ${pipeline}: ${plural(nodes, 'node')} of ${plural(experiment.runs.length, 'run')}, ${plural(jobs, 'job')}, backend ${backend}`;
  return `run ${run} of ${pipeline}: ${plural(nodes, 'node')}, ${plural(jobs, 'job')}, backend ${backend}, seed ${seed}`;
}

function started(node: string, reason: string | undefined): string {
  return reason === undefined || reason === '' ? node : `${node}: ${reason}`;
}

/** Undefined where nobody has to know of a hit. */
function hitWords({ accepted, madeBy, from, how }: NodeHit, thisRun: number | undefined): string | undefined {
  if (accepted !== undefined) return accepted.text;
  if (madeBy !== undefined) return makerWords(madeBy, thisRun);
  if (from !== undefined) return `from ${from}`;
  return how === 'cut-off' ? 'unchanged (its inputs ran again, same bytes)' : undefined;
}

function makerWords(madeBy: MadeBy, thisRun: number | undefined): string {
  return madeBy.run === thisRun ? `the same as ${madeBy.node}` : `made by ${runWord(madeBy.run)}`;
}

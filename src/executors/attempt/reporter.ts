/** The reports of a running stage: log lines, metrics, progress. After its end nothing is passed on. */
import type { Access } from '../../core/authoring/access.ts';
import {
  cutText,
  lineParts,
  LONGEST_NOTE,
  MOST_METRIC_NAMES,
  MOST_METRIC_VALUES,
} from '../../core/diagnostics/limits.ts';
import { shown } from '../../core/diagnostics/thrown.ts';
import type { Task } from '../contract.ts';
import { InvalidCallError } from './failure.ts';
import { metricFault } from './metric-fault.ts';
import type { AttemptEvent, LogStream } from './outcome.ts';

/** As they are before timers are given owners: this one is restage's, though a stage's call starts it. */
const { setTimeout, clearTimeout } = globalThis;

/** Progress is for display: a shorter interval would only cost time. */
const PROGRESS_INTERVAL_MS = 100;

type Progress = Extract<AttemptEvent, { readonly type: 'progress' }>;

export class Reporter {
  readonly #task: Task;
  readonly #emit: (event: AttemptEvent) => void;
  readonly #clock: () => number;
  /** Takes secrets out of a text; undefined where there is none. */
  readonly #redact: ((text: string) => string) | undefined;
  readonly #metricNames = new Set<string>();
  #metricValues = 0;
  #open = true;
  #fault: Error | undefined;
  #lastProgress = Number.NEGATIVE_INFINITY;
  #heldBack: Progress | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(task: Task, emit: (event: AttemptEvent) => void, clock: () => number, redact?: (text: string) => string) {
    this.#task = task;
    this.#emit = emit;
    this.#clock = clock;
    this.#redact = redact;
  }

  /** An invalid call that fails the stage, even if the stage catches the error. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  log(stream: LogStream, text: string): void {
    if (!this.#open) return;
    for (const part of lineParts(this.#redact === undefined ? text : this.#redact(text)))
      this.#emit({ type: 'log', task: this.#task.id, at: this.#clock(), stream, text: part });
  }

  /** A line of the stage itself. @throws InvalidCallError for anything but a text */
  say(message: unknown): void {
    if (typeof message !== 'string')
      this.refuse(
        `Node ${this.#task.node} called log with ${shown(message)}; a log line must be a text, such as \`loss \${loss}\`.`,
      );
    this.log('log', message);
  }

  /** Reports something that the stage reached and does not declare, and writes it to the log. */
  undeclared(access: Access, sentence: string): void {
    if (!this.#open) return;
    const at = this.#clock();
    const redact = this.#redact;
    const told =
      redact === undefined
        ? { access, sentence }
        : { access: redactedAccess(access, redact), sentence: redact(sentence) };
    this.#emit({ type: 'undeclared', task: this.#task.id, at, ...told });
  }

  /**
   * @throws InvalidCallError for a name that people cannot read, a value that is not a number, a step that is not an
   *   integer, or too many
   */
  metric(name: string, value: number, step: number | undefined): void {
    // Names are kept for good: one with a secret gets the same name whatever the secret is.
    if (this.#redact !== undefined && typeof name === 'string') name = this.#redact(name);
    const fault = metricFault(name, value, step);
    if (fault !== undefined) this.refuse(`Node ${this.#task.node} ${fault}.`);
    this.#countMetric(name);
    if (!this.#open) return;
    this.#emit({ type: 'metric', task: this.#task.id, at: this.#clock(), name, value, step: step ?? null });
  }

  /** @throws InvalidCallError if one of the two is not a finite number, or the note is not a text */
  progress(done: number, total: number, note: string | undefined): void {
    if (!Number.isFinite(done) || !Number.isFinite(total))
      this.refuse(
        `Progress of node ${this.#task.node} is ${shown(done)} of ${shown(total)}; both must be finite numbers.`,
      );
    if (note !== undefined && typeof note !== 'string')
      this.refuse(`Progress of node ${this.#task.node} has the note ${shown(note)}; a note must be a text.`);
    if (!this.#open) return;
    const at = this.#clock();
    const event: Progress = {
      type: 'progress',
      task: this.#task.id,
      at,
      done,
      total,
      note: note === undefined ? null : cutText(this.#redact === undefined ? note : this.#redact(note), LONGEST_NOTE),
    };
    const wait = this.#lastProgress + PROGRESS_INTERVAL_MS - at;
    if (wait <= 0) this.#show(event);
    else {
      this.#heldBack = event;
      this.#timer ??= setTimeout(() => this.#showHeldBack(), wait).unref();
    }
  }

  /** Emits the last progress event; nothing is emitted afterwards. */
  close(): void {
    this.#showHeldBack();
    this.#open = false;
  }

  /** Fails the stage for a wrong call of its context. @throws InvalidCallError */
  refuse(sentence: string): never {
    const error = new InvalidCallError(sentence);
    this.#fault ??= error;
    throw error;
  }

  /** Names are kept for good, and values are never left out: both have a limit, which is told. */
  #countMetric(name: string): void {
    const { node } = this.#task;
    if (this.#metricValues >= MOST_METRIC_VALUES)
      this.refuse(
        `Node ${node} has reported ${MOST_METRIC_VALUES} values of metrics, which is the most; report fewer, or return them as an output of kind table().`,
      );
    if (this.#metricNames.size >= MOST_METRIC_NAMES && !this.#metricNames.has(name))
      this.refuse(
        `Node ${node} has reported ${MOST_METRIC_NAMES} metrics of different names, which is the most; put what varies into the step or into an output.`,
      );
    this.#metricNames.add(name);
    this.#metricValues += 1;
  }

  #showHeldBack(): void {
    if (this.#heldBack !== undefined) this.#show(this.#heldBack);
  }

  #show(event: Progress): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#heldBack = undefined;
    this.#lastProgress = event.at;
    this.#emit(event);
  }
}

/** What a stage reached, without secrets. */
export function redactedAccess(access: Access, redact: (text: string) => string): Access {
  const { detail, call, place } = access;
  return { ...access, detail: redact(detail), call: redact(call), place: place && redact(place) };
}

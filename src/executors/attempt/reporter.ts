/** The reports of a running stage: log lines, metrics, progress. After its end nothing is passed on. */
import type { Access } from '../../core/authoring/access.ts';
import { DataError } from '../../errors.ts';
import type { Task } from '../contract.ts';
import { metricFault } from './metric-fault.ts';
import type { AttemptEvent, LogStream } from './outcome.ts';

/** Progress is for display: a shorter interval would only cost time. */
const PROGRESS_INTERVAL_MS = 100;

type Progress = Extract<AttemptEvent, { readonly type: 'progress' }>;

export class Reporter {
  readonly #task: Task;
  readonly #emit: (event: AttemptEvent) => void;
  readonly #clock: () => number;
  #open = true;
  #fault: Error | undefined;
  #lastProgress = Number.NEGATIVE_INFINITY;
  #heldBack: Progress | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(task: Task, emit: (event: AttemptEvent) => void, clock: () => number) {
    this.#task = task;
    this.#emit = emit;
    this.#clock = clock;
  }

  /** An invalid call that fails the stage, even if the stage catches the error. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  log(stream: LogStream, text: string): void {
    if (this.#open) this.#emit({ type: 'log', task: this.#task.id, at: this.#clock(), stream, text });
  }

  /** Reports something that the stage reached and does not declare, and writes it to the log. */
  undeclared(access: Access, sentence: string): void {
    if (!this.#open) return;
    const at = this.#clock();
    this.#emit({ type: 'undeclared', task: this.#task.id, at, access, sentence });
  }

  /** @throws DataError for a name that people cannot read, a value that is not a number, or a step that is not an integer */
  metric(name: string, value: number, step: number | undefined): void {
    const fault = metricFault(name, value, step);
    if (fault !== undefined) this.#refuse(`Node ${this.#task.node} ${fault}.`);
    if (!this.#open) return;
    this.#emit({ type: 'metric', task: this.#task.id, at: this.#clock(), name, value, step: step ?? null });
  }

  /** @throws DataError if one of the two is not a finite number */
  progress(done: number, total: number, note: string | undefined): void {
    if (!Number.isFinite(done) || !Number.isFinite(total))
      this.#refuse(
        `Progress of node ${this.#task.node} is ${String(done)} of ${String(total)}; both must be finite numbers.`,
      );
    if (!this.#open) return;
    const at = this.#clock();
    const event: Progress = { type: 'progress', task: this.#task.id, at, done, total, note: note ?? null };
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

  #refuse(sentence: string): never {
    const error = new DataError(sentence);
    this.#fault ??= error;
    throw error;
  }
}

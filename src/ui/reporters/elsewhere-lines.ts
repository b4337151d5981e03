/** What plain lines say about attempts on other hosts: each of a few, and of many how many wait and for what. */
import type { RunEvent } from '../../events.ts';
import { ElsewhereView } from '../model/elsewhere-view.ts';
import { elsewhereWords, placeWords } from '../model/elsewhere-words.ts';
import type { WriteLine } from './timed-lines.ts';

/** What happens at about the same time makes one line, and no more often than this. */
const PACE_MS = 5000;
const GATHER_MS = 500;

export class ElsewhereLines {
  readonly #view = new ElsewhereView();
  readonly #write: WriteLine;
  /** The last line; empty once a system answers that the line says does not. */
  #told = '';
  #hasToldUnknown = false;
  #toldAt = Number.NEGATIVE_INFINITY;
  /** The time of the latest event. */
  #at = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(write: WriteLine) {
    this.#write = write;
  }

  /** @param isCounted the node is one of many */
  event(event: RunEvent, isCounted: (stage: string) => boolean): void {
    this.#at = event.at;
    this.#take(event, isCounted);
    // The next time that nobody answers is news, though the words are the same.
    if (!this.#hasToldUnknown || this.#view.hasUnknown) return;
    this.#hasToldUnknown = false;
    this.#told = '';
  }

  #take(event: RunEvent, isCounted: (stage: string) => boolean): void {
    switch (event.type) {
      case 'node-observed': {
        const { at, node, stage, state } = event;
        this.#view.observed(event);
        // That a system does not answer is the same for all of its nodes.
        if (isCounted(stage) || state === 'unknown') this.#tellSoon();
        else this.#write(at, state, `${node}: ${placeWords(event)}`);
        break;
      }
      case 'node-started':
        this.#view.started(event.node);
        if (isCounted(event.stage) && this.#view.of(event.node) !== undefined) this.#tellSoon();
        break;
      case 'node-hit':
      case 'node-queued':
      case 'node-held':
      case 'node-waiting':
      case 'node-ran':
      case 'node-attempt-failed':
      case 'node-failed':
      case 'node-skipped':
        this.#view.left(event.node);
        break;
      case 'run-preparing':
      case 'run-started':
      case 'run-paused':
      case 'run-pushing':
      case 'run-finished':
      case 'node-progress':
      case 'node-metric':
      case 'node-log':
      case 'node-undeclared':
      case 'experiment-run':
      case 'notice':
        break;
    }
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #tellSoon(): void {
    const wait = Math.max(GATHER_MS, this.#toldAt + PACE_MS - performance.now());
    this.#timer ??= setTimeout(() => this.#tell(), wait).unref();
  }

  #tell(): void {
    this.#timer = undefined;
    this.#toldAt = performance.now();
    const text = elsewhereWords(this.#view.summary());
    if (text !== '' && text !== this.#told) this.#write(this.#at, 'jobs', text);
    this.#told = text;
    this.#hasToldUnknown = this.#view.hasUnknown;
  }
}

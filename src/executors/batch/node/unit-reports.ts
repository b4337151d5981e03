/** What a job writes into the directory of its unit about one of its tasks. */
import { appendFileSync } from 'node:fs';
import { type EarlyEvent, encoded, type LastEvent, type Started } from '../units/unit.ts';
import { writeOnce } from '../../../store/files/shared-file.ts';
import type { UnitDirectory } from '../units/unit-directory.ts';

/** How often events are written. */
const FLUSH_MS = 500;

export class UnitReports {
  readonly #directory: UnitDirectory;
  readonly #member: number;
  #started: Started | null = null;
  #pending: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(directory: UnitDirectory, member: number) {
    this.#directory = directory;
    this.#member = member;
  }

  add(event: EarlyEvent): void {
    if (event.type === 'started') this.#started = event;
    this.#pending.push(encoded(event));
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  /** All that the task has told is there before its result is. False if another execution has given one. */
  end(last: LastEvent): boolean {
    this.#flush();
    return writeOnce(this.#directory.result(this.#member), encoded({ started: this.#started, last }));
  }

  /** Nothing follows: the task has no result. */
  leave(): void {
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.length === 0) return;
    // Opened and closed each time: another host sees what was written before a file was closed.
    appendFileSync(this.#directory.events(this.#member), Buffer.concat(this.#pending), { mode: 0o600 });
    this.#pending = [];
  }
}

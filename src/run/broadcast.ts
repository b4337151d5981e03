/**
 * A run that other processes can watch. Everything that it reports to its listener also goes into its live file, and
 * the final report after it. A follower of that file receives the same events from the beginning, except that progress
 * is thinned.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../events.ts';
import type { Cache } from '../store/cache.ts';
import type { LiveRun } from '../store/coordination/live-file.ts';
import { LiveReader } from '../store/coordination/live-reader.ts';
import { LiveWriter } from '../store/coordination/live-writer.ts';
import { ProgressPace } from './progress-pace.ts';
import { eventOf, type JsonEvent, jsonEvent } from './json-event.ts';
import type { ResolvedRun, RunReport } from './request.ts';

export class Broadcast {
  readonly #cache: Cache;
  readonly #entry: string;
  readonly #argv: readonly string[];
  readonly #listener: (event: RunEvent) => void;
  readonly #pace = new ProgressPace((event) => this.#writer?.append(jsonEvent(event) satisfies LiveEntry));
  #writer: LiveWriter | undefined;

  constructor(cache: Cache, { project, argv, onEvent }: ResolvedRun) {
    this.#cache = cache;
    this.#entry = project.entry;
    this.#argv = argv;
    this.#listener = onEvent;
  }

  tell(event: RunEvent): void {
    if (event.type === 'run-started') this.#writer = this.#open(event.run, event.pipeline);
    this.#pace.tell(event);
    this.#listener(event);
  }

  /** Ends the live file. Without a report, the run ended in an error that is not part of it. */
  end(report?: RunReport): void {
    this.#pace.flush();
    if (report !== undefined) this.#writer?.append({ type: 'run-report', ...report } satisfies LiveEntry);
    this.#writer?.close();
  }

  #open(run: number, pipeline: string): LiveWriter {
    const { directory, leases } = this.#cache;
    const whose: LiveRun = { run, pipeline, entry: this.#entry, argv: this.#argv, owner: leases.owner };
    return new LiveWriter(directory, whose, ({ message }) => {
      const text = `Run ${run} can no longer be watched from another process (${message}); it continues.`;
      this.#listener({ type: 'notice', at: Date.now(), text });
    });
  }
}

/**
 * How following a run ended. Without a report: the run ended before the follower could open it (`missed`), was killed
 * (`died`), ended in an error that is not part of it (`broke`), or the follower left (`left`).
 */
export type Followed =
  { readonly how: 'finished'; readonly report: RunReport } | { readonly how: 'missed' | 'died' | 'broke' | 'left' };

const POLL_MS = 100;

/** Follows a run of another process from its beginning to its end. */
export async function follow(
  cacheDirectory: string,
  run: LiveRun,
  onEvent: (event: RunEvent) => void,
  signal: AbortSignal,
): Promise<Followed> {
  const reader = LiveReader.open(cacheDirectory, run);
  if (reader === undefined) return { how: 'missed' };
  try {
    // Asked before reading: everything written until then is read.
    for (let ending = reader.ending(); !signal.aborted;) {
      const entries = reader.read() as readonly LiveEntry[];
      for (const entry of entries) {
        if (entry.type === 'run-report') return { how: 'finished', report: entry };
        onEvent(eventOf(entry));
      }
      if (entries.length === 0) {
        if (ending !== undefined) return { how: ending === 'dead' ? 'died' : 'broke' };
        await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
        ending = reader.ending();
      } else {
        // Lets signals arrive between two of many pieces.
        await sleep(0);
      }
    }
    return { how: 'left' };
  } finally {
    reader.close();
  }
}

type LiveEntry = JsonEvent | (RunReport & { readonly type: 'run-report' });

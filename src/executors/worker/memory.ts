/** Peak memory of an attempt, and how many processes the kernel has killed for memory. Both come from Linux's /proc. */
import { openSync, readFileSync, readSync, writeSync } from 'node:fs';

/** Reads this process's peak resident memory since the last `reset`; null where /proc does not exist. */
export class PeakMemory {
  readonly #status = openIfThere('/proc/self/status', 'r');
  readonly #reset = openIfThere('/proc/self/clear_refs', 'w');
  readonly #buffer = Buffer.alloc(4096);
  #attempts = 0;

  reset(): void {
    this.#attempts++;
    // Writing 5 resets the peak to the memory that is resident now (proc_pid_clear_refs(5)).
    if (this.#reset !== undefined) writeSync(this.#reset, '5');
  }

  bytes(): number | null {
    if (this.#status !== undefined && this.#reset !== undefined) {
      const text = this.#buffer.toString('latin1', 0, readSync(this.#status, this.#buffer, 0, this.#buffer.length, 0));
      const kibibytes = /^VmHWM:\s+(\d+)/m.exec(text)?.[1];
      if (kibibytes !== undefined) return Number(kibibytes) * 1024;
    }
    // Elsewhere the peak is the process's. It is the attempt's as well for the first attempt.
    return this.#attempts === 1 ? process.resourceUsage().maxRSS * 1024 : null;
  }
}

/** How many processes the kernel has killed for memory since boot; undefined where it does not say. */
export function outOfMemoryKills(): number | undefined {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'latin1'))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch {
    return undefined;
  }
}

function openIfThere(path: string, flags: string): number | undefined {
  try {
    return openSync(path, flags);
  } catch {
    return undefined;
  }
}

/**
 * Timers for patience: they count the time in which this process could run. A process that was stopped (Ctrl-Z, a
 * debugger, a container that was paused) finds all of its ordinary timers due when it comes back, and would give up on
 * others that had no chance to answer.
 */

export interface AwakeTimer {
  clear(): void;
  /** Starts again from the beginning. */
  refresh(): void;
}

/** What a timer needs of the world; tests replace it. */
export interface Awareness {
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
  /** Milliseconds that this process has computed. */
  readonly computed: () => number;
  /** Calls `work` once, after so many milliseconds; returns what takes that back. */
  readonly after: (milliseconds: number, work: () => void) => () => void;
}

/** How often the time is looked at: of a pause, at most this much counts. */
const LOOK_MS = 1000;
/** A look that is later than this comes after a pause, or after work that has kept this process busy. */
const LATE_MS = 500;
/** After a late look, what others have answered meanwhile is read first. */
const READING_MS = 100;

const PROCESS: Awareness = {
  now: () => performance.now(),
  computed: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  after: (milliseconds, work) => {
    const timer = setTimeout(work, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Calls `work` when this process has been able to run for so many milliseconds; they may be more than 24 days. */
export function awakeTimeout(work: () => void, milliseconds: number, world: Awareness = PROCESS): AwakeTimer {
  let left = milliseconds;
  let takeBack: () => void;
  const look = (wait: number): void => {
    const from = world.now();
    const computedBefore = world.computed();
    takeBack = world.after(wait, () => {
      const elapsed = world.now() - from;
      const isLate = elapsed - wait > LATE_MS;
      // Computing keeps a process from its timers as well, but that time counts.
      left -= isLate ? Math.min(elapsed, wait + world.computed() - computedBefore) : elapsed;
      if (left <= 0 && !isLate) work();
      else look(isLate ? Math.max(READING_MS, Math.min(LOOK_MS, left)) : Math.min(LOOK_MS, left));
    });
  };
  const begin = (): void => {
    left = milliseconds;
    look(Math.min(LOOK_MS, left));
  };
  begin();
  return {
    clear: () => takeBack(),
    refresh: () => {
      takeBack();
      begin();
    },
  };
}

/**
 * Which processes there are, how often with how many jets, and what an event of each weighs. The table's margins are
 * those of the 250,000 training events of the open data: 85,667 signal and 164,333 background; 99,913, 77,544, 50,379
 * and 22,164 events with 0, 1, 2 and 3 or more jets. Inside it, the shares of the signal's processes and the mean
 * weights are read off real events, and the division of the background is a guess.
 */

export type ProcessName = 'gluon-fusion' | 'vector-boson-fusion' | 'associated' | 'z-tau-tau' | 'w-jets' | 'top-pairs';

export interface Process {
  readonly name: ProcessName;
  readonly signal: boolean;
  /** Events with 0, 1, 2 and 3 or more jets among 250,000. */
  readonly events: readonly [number, number, number, number];
  /** Weight of one event with 0, 1, 2 and 3 or more jets, before the sums are set to the official ones. */
  readonly weight: readonly [number, number, number, number];
}

export const PROCESSES: readonly Process[] = [
  {
    name: 'gluon-fusion',
    signal: true,
    events: [19577, 9687, 3409, 1080],
    weight: [0.01864, 0.01864, 0.01864, 0.01864],
  },
  {
    name: 'vector-boson-fusion',
    signal: true,
    events: [4035, 15351, 19518, 4957],
    weight: [0.0015, 0.0015, 0.0015, 0.0015],
  },
  {
    name: 'associated',
    signal: true,
    events: [1796, 2818, 2440, 999],
    weight: [0.00265, 0.00265, 0.00265, 0.00265],
  },
  { name: 'z-tau-tau', signal: false, events: [26000, 19000, 8500, 4000], weight: [7.1, 3.3, 2, 1.4] },
  { name: 'w-jets', signal: false, events: [47305, 25488, 8712, 2928], weight: [2, 1.27, 0.95, 0.9] },
  { name: 'top-pairs', signal: false, events: [1200, 5200, 7800, 8200], weight: [0.15, 0.15, 0.15, 0.15] },
];

/** Sums of KaggleWeight in each of the sets t, b and v of the open data. */
export const OFFICIAL_SUMS = { signal: 691.9886, background: 410999.8473 } as const;

/** How many events each KaggleSet has, in the order in which a simulated file fills them. */
export const SET_SIZES = { t: 250_000, b: 100_000, v: 450_000, u: 18_238 } as const;

/** One cell of the table: a process with a number of jets. */
export interface Cell {
  readonly process: Process;
  readonly jets: number;
}

/**
 * The cells of `events` events in the proportions of the table, by largest remainders: process by process, not
 * shuffled.
 */
export function cellsFor(events: number): readonly Cell[] {
  const cells = PROCESSES.flatMap((process) =>
    process.events.map((share, jets) => ({ process, jets, exact: (events * share) / SET_SIZES.t })),
  );
  const counts = cells.map(({ exact }) => Math.floor(exact));
  let left = events - counts.reduce((sum, n) => sum + n, 0);
  const remainder = (index: number): number => cells[index]!.exact - counts[index]!;
  const byRemainder = [...cells.keys()].sort((a, b) => remainder(b) - remainder(a));
  for (const index of byRemainder) {
    if (left-- <= 0) break;
    counts[index]!++;
  }
  return cells.flatMap(({ process, jets }, index) => Array.from({ length: counts[index]! }, () => ({ process, jets })));
}

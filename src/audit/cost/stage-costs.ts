/** What the nodes of runs took and saved, summed by stage. */
import type { NodeCost } from '../../store/query/cost-history.ts';

export interface StageSums {
  readonly stage: string;
  readonly ran: number;
  readonly hits: number;
  /** Seconds that its nodes took that ran. */
  readonly seconds: number;
  /** Processor seconds of those; null where none was measured. */
  readonly cpuSeconds: number | null;
  /** Seconds that it once took to make the states that were found. */
  readonly savedSeconds: number;
  /** The highest peak of memory of those that ran; null where none was measured. */
  readonly peakBytes: number | null;
}

/** The dearest stage first. Nodes without a state belong to none. */
export function sumByStage(nodes: Iterable<NodeCost>): readonly StageSums[] {
  const sums = new Map<string, StageSums>();
  for (const node of nodes)
    if (node.stage !== null) sums.set(node.stage, added(sums.get(node.stage) ?? nothing(node.stage), node));
  return [...sums.values()].sort((a, b) => b.seconds - a.seconds || b.savedSeconds - a.savedSeconds);
}

function nothing(stage: string): StageSums {
  return { stage, ran: 0, hits: 0, seconds: 0, cpuSeconds: null, savedSeconds: 0, peakBytes: null };
}

function added(sums: StageSums, { outcome, seconds, cpuSeconds, peakBytes }: NodeCost): StageSums {
  switch (outcome) {
    case 'ran':
      return {
        ...sums,
        ran: sums.ran + 1,
        seconds: sums.seconds + seconds,
        cpuSeconds: cpuSeconds === null ? sums.cpuSeconds : (sums.cpuSeconds ?? 0) + cpuSeconds,
        peakBytes: peakBytes === null ? sums.peakBytes : Math.max(sums.peakBytes ?? 0, peakBytes),
      };
    case 'hit':
    case 'cut-off':
      return { ...sums, hits: sums.hits + 1, savedSeconds: sums.savedSeconds + seconds };
    case 'failed':
    case 'skipped':
      return sums;
  }
}

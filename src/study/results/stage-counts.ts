/** How many states of each stage there are among some. */
import type { Readers } from '../../store/query/readers.ts';

export interface StageCount {
  readonly stage: string;
  readonly states: number;
}

/** @param states ids of their rows. In the order in which the first state of a stage was made. */
export function countStages({ states: reader }: Readers, states: Iterable<number>): readonly StageCount[] {
  const counts = new Map<string, number>();
  for (const state of [...new Set(states)].sort((a, b) => a - b)) {
    const { stage } = reader.get(state)!;
    counts.set(stage, (counts.get(stage) ?? 0) + 1);
  }
  return [...counts].map(([stage, count]) => ({ stage, states: count }));
}

/** The trainers of several nodes: networks of one shape are one program, whichever node they are of. */
import type { ComputeBackend } from 'restage';
import { type NetworkSpec, openTrainers, type Trainer, type TrainerOptions } from 'restage/ml';

/** What a node trains. */
export interface Demand {
  readonly networks: number;
  readonly spec: NetworkSpec;
  readonly options: TrainerOptions;
}

/**
 * Opens the trainers of all demands with the first that asks. Each demand must ask, and dispose of its trainers: others
 * of its shape wait for them.
 *
 * @returns the trainers of a demand; it throws as `openTrainers`
 */
export function sharedTrainers(
  backend: ComputeBackend,
  demands: readonly Demand[],
): (demand: Demand) => readonly Trainer[] {
  const opened = new Map<Demand, readonly Trainer[]>();
  return (demand) => {
    if (!opened.has(demand)) {
      const alike = demands.filter((other) => shapeOf(other) === shapeOf(demand));
      const count = alike.reduce((sum, { networks }) => sum + networks, 0);
      const trainers = openTrainers(backend, demand.spec, demand.options, count);
      let first = 0;
      for (const each of alike) opened.set(each, trainers.slice(first, (first += each.networks)));
    }
    return opened.get(demand)!;
  };
}

function shapeOf({ spec, options }: Demand): string {
  return JSON.stringify([spec, options]);
}

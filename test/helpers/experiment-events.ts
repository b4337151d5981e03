/** Events of the run of an experiment: branches with seeds, work that all share, and nodes of their own. */
import type { ExperimentOutline, RunEvent, RunStarted } from '../../src/events.ts';
import { at, nodeStarted, runStarted } from './run-events.ts';

export interface ExperimentSize {
  readonly branches: readonly string[];
  readonly seeds: number;
  /** Nodes that all branches with one seed need. */
  readonly shared: number;
  /** Nodes of each branch with each seed. */
  readonly own: number;
}

/** One read for all, `prepare@part=N` of each seed, `fit@fold=N` of each branch with each seed. */
export function outlineOf({ branches, seeds, shared, own }: ExperimentSize): ExperimentOutline {
  const runs = branches.flatMap((branch) => Array.from({ length: seeds }, (_, seed) => ({ branch, seed })));
  const nodes: Record<string, readonly number[]> = { [`${branches[0]!}/seed-0/read`]: runs.map((_, run) => run) };
  for (let seed = 0; seed < seeds; seed++)
    for (let part = 0; part < shared; part++)
      nodes[`${branches[0]!}/seed-${seed}/prepare@part=${part}`] = runs.flatMap((run, k) =>
        run.seed === seed ? [k] : [],
      );
  for (const [run, { branch, seed }] of runs.entries())
    for (let fold = 0; fold < own; fold++) nodes[`${branch}/seed-${seed}/fit@fold=${fold}`] = [run];
  return { name: 'parts', runs, metrics: [{ name: 'ams', better: 'higher' }], nodes };
}

export function experimentStarted(experiment: ExperimentOutline, more: Partial<RunStarted> = {}): RunStarted {
  const counts: Record<string, number> = {};
  for (const node of Object.keys(experiment.nodes)) {
    const { stage } = of(node, 0);
    counts[stage] = (counts[stage] ?? 0) + 1;
  }
  return runStarted(counts, { pipeline: 'toy/parts', experiment, ...more });
}

/** `base/seed-0/fit@fold=1` is of stage `toy/fit`. */
export function of(node: string, time: number) {
  return { ...at(node, time), stage: at(node.split('/').at(-1)!, time).stage };
}

export function ran(node: string, time: number): readonly RunEvent[] {
  return [
    started(node, time - 1),
    { type: 'node-ran', ...of(node, time), state: 'ab'.repeat(32), seconds: 2, peakMiB: 90 },
  ];
}

export function started(node: string, time: number): RunEvent {
  return nodeStarted(node, time, of(node, time));
}

/** All nodes of the first `complete` runs ran, and of the next one the first ones. */
export function eventsUpTo(experiment: ExperimentOutline, complete: number): readonly RunEvent[] {
  const events: RunEvent[] = [experimentStarted(experiment)];
  const done = new Set<string>();
  for (const [run, { branch, seed }] of experiment.runs.slice(0, complete).entries()) {
    for (const [node, users] of Object.entries(experiment.nodes))
      if (users.includes(run) && !done.has(node)) {
        done.add(node);
        events.push(...ran(node, 1000 * done.size));
      }
    const value = 2 - (run % 7) / 10 - run / 50;
    events.push({ type: 'experiment-run', at: 1000 * done.size, branch, seed, values: { ams: value } });
  }
  const next = Object.keys(experiment.nodes).filter(
    (node) => experiment.nodes[node]!.includes(complete) && !done.has(node),
  );
  const half = Math.floor(next.length / 2);
  for (const node of next.slice(0, half)) events.push(...ran(node, 1000 * (done.size + 1)));
  for (const node of next.slice(half, half + 2)) {
    events.push(started(node, 1000 * (done.size + 2)));
    events.push({ type: 'node-progress', ...of(node, 1000 * (done.size + 3)), done: 12, total: 40, note: null });
    events.push({ type: 'node-metric', ...of(node, 1000 * (done.size + 3)), name: 'loss', value: 0.4213, step: 12 });
  }
  return events;
}

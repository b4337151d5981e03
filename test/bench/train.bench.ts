/**
 * Steps of training a second, on the HiggsML study's final network: `portable` on one core and as two workers, eager
 * PyTorch on one thread and as two processes, tfjs-wasm, tfjs-node with ten networks as one program. They take turns in
 * an order that rotates, on the same rows, batches and weights, and their losses are compared first. `--quick` takes
 * few, short rounds.
 */
import { rmSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { atLeast, goalTable, type Measured, table } from './goals.ts';
import { NO_TENSORFLOW, tensorflowProject } from '../helpers/tensorflow-fixture.ts';
import { pythonWith } from './peers.ts';
import { ratio, type Spread, spread } from './statistics.ts';
import { Stepper, type Steps } from './steppers.ts';
import { writeTrainingTask } from './training-task.ts';

/** One or more programs that take steps at the same time. */
interface Contestant {
  readonly name: string;
  readonly programs: readonly Stepper[];
}

/** Steps a second by the wall clock, summed over programs, and a second of CPU time. */
interface Rates {
  readonly wall: number[];
  readonly cpu: number[];
}

interface Effort {
  readonly rounds: number;
  /** Of a contestant's turn. */
  readonly seconds: number;
}

/** How far losses may be apart: engines round differently. */
const LOSS_TOLERANCE = 1e-5;
const TOGETHER = 'tfjs-node, ten networks together';
const TORCH_OPTIONS = ['silu', 'product'].flatMap((activation) => [
  [activation, 'single'] as const,
  [activation, 'foreach'] as const,
]);

export async function trainBench(options: readonly string[]): Promise<void> {
  const effort = options.includes('--quick') ? { rounds: 5, seconds: 0.4 } : { rounds: 20, seconds: 1 };
  const task = writeTrainingTask();
  const opened: Stepper[] = [];
  const open = async (command: readonly [string, ...string[]]): Promise<Stepper> => {
    const stepper = await Stepper.open(command);
    opened.push(stepper);
    return stepper;
  };
  try {
    const ours = (backend: string, ...members: readonly string[]) =>
      open([process.execPath, '--import', 'tsx', fixture('training-steps.ts'), task, backend, ...members]);
    const portable = [await ours('portable'), await ours('portable')];
    const torch = await fastestTorch(task, open, effort);
    const contestants: Contestant[] = [
      { name: 'portable', programs: portable.slice(0, 1) },
      { name: 'portable, two workers', programs: portable },
      { name: 'tfjs-wasm', programs: [await ours('tfjs-wasm')] },
    ];
    if (tensorflowProject !== undefined)
      contestants.push(
        { name: 'tfjs-node', programs: [await ours('tfjs-node')] },
        { name: TOGETHER, programs: [await ours('tfjs-node', '10')] },
      );
    if (torch !== undefined)
      contestants.push(
        { name: 'PyTorch', programs: torch.slice(0, 1) },
        { name: 'PyTorch, two processes', programs: torch },
      );
    checkLosses(contestants);
    const rates = await takeTurns(contestants, effort);
    report(contestants, rates);
  } finally {
    for (const stepper of opened) stepper.close();
    rmSync(task, { recursive: true });
  }
}

/**
 * Two processes of PyTorch as it is fastest here, of the ways that one would write this; undefined where there is none.
 */
async function fastestTorch(
  task: string,
  open: (command: readonly [string, ...string[]]) => Promise<Stepper>,
  effort: Effort,
): Promise<readonly Stepper[] | undefined> {
  const python = pythonWith('torch');
  if (python === undefined) return undefined;
  const command = (options: readonly string[]) => [python, fixture('torch_steps.py'), task, ...options] as const;
  const candidates: (Contestant & { readonly options: readonly string[] })[] = [];
  for (const options of TORCH_OPTIONS)
    candidates.push({ name: options.join(', '), options, programs: [await open(command(options))] });
  const rates = await takeTurns(candidates, { ...effort, rounds: Math.ceil(effort.rounds / 4) });
  const speed = ({ name }: Contestant): number => spread(rates.get(name)!.cpu).median;
  candidates.sort((a, b) => speed(b) - speed(a));
  const [fastest, ...others] = candidates as [(typeof candidates)[number], ...typeof candidates];
  console.log(
    `PyTorch's options, steps per CPU second: ${candidates.map((each) => `${each.name} ${speed(each).toFixed(0)}`).join('; ')}`,
  );
  for (const { programs } of others) programs[0]!.close();
  return [...fastest.programs, await open(command(fastest.options))];
}

/** @throws if a contestant's loss says that it did not do the same work */
function checkLosses(contestants: readonly Contestant[]): void {
  const programs = contestants.flatMap((contestant) => contestant.programs);
  const [{ loss: first }] = programs as [Stepper, ...Stepper[]];
  for (const { loss, about } of programs)
    if (!(Math.abs(loss - first) < LOSS_TOLERANCE))
      throw new Error(`${about} has loss ${loss} where portable has ${first}: it does other work.`);
  for (const about of new Set(programs.map((program) => program.about))) {
    const losses = programs.filter((program) => program.about === about).map(({ loss }) => loss.toFixed(7));
    console.log(`loss ${losses[0]!} after the same steps: ${about}`);
  }
}

/** Every contestant once a round, each round from another one on. The first round warms up and does not count. */
async function takeTurns(
  contestants: readonly Contestant[],
  { rounds, seconds }: Effort,
): Promise<ReadonlyMap<string, Rates>> {
  const rates = new Map<string, Rates>(contestants.map(({ name }) => [name, { wall: [], cpu: [] }]));
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const { name, programs } = contestants[(round + turn) % contestants.length]!;
      const taken = await Promise.all(programs.map((program) => program.go(seconds)));
      if (round === 0) continue;
      rates.get(name)!.wall.push(sum(taken, ({ steps, wall }) => steps / wall));
      rates.get(name)!.cpu.push(sum(taken, ({ steps }) => steps) / sum(taken, ({ cpu }) => cpu));
    }
  }
  return rates;
}

function report(contestants: readonly Contestant[], rates: ReadonlyMap<string, Rates>): void {
  const rows = contestants.map(({ name }) => [name, ...[rates.get(name)!.wall, rates.get(name)!.cpu].map(rate)]);
  console.log(`\n${table([['steps, median (middle half)', 'a second', 'a second of CPU time'], ...rows])}`);
  const [one, two, torch] = ['portable', 'portable, two workers', 'PyTorch'].map((name) => rates.get(name));
  const together = rates.get(TOGETHER);
  const a = atLeast('T1', 'portable / eager PyTorch, a core', 'x', 1.3, 1.75);
  const b = atLeast('T2', 'portable, two workers / one', 'x', 1.7, 1.9);
  const c = atLeast('T3', `${TOGETHER} / eager PyTorch, a core`, 'x', 1, 1.25);
  const measured: Measured[] = [
    torch === undefined
      ? { goal: a, wall: undefined, note: 'peer absent' }
      : { goal: a, wall: ratio(one!.wall, torch.wall), cpu: ratio(one!.cpu, torch.cpu) },
    // In CPU time two workers are as fast as one, unless they are in each other's way.
    { goal: b, wall: ratio(two!.wall, one!.wall), note: `per CPU second ${figure(ratio(two!.cpu, one!.cpu))}` },
    together === undefined || torch === undefined
      ? { goal: c, wall: undefined, note: together === undefined ? NO_TENSORFLOW : 'peer absent' }
      : { goal: c, wall: ratio(together.wall, torch.wall), cpu: ratio(together.cpu, torch.cpu) },
  ];
  console.log(`\n${goalTable(measured)}`);
  const [load, cores] = [loadavg()[1]!, availableParallelism()];
  // Its own programs are one or two.
  if (load > cores)
    console.log(
      `\nThe machine is busy (load average ${load.toFixed(0)} on ${cores} cores): wall-clock figures say little, T2 nothing, and contestants are in each other's caches.`,
    );
}

function sum(taken: readonly Steps[], of: (steps: Steps) => number): number {
  return taken.reduce((total, steps) => total + of(steps), 0);
}

function rate(values: readonly number[]): string {
  const { median, low, high } = spread(values);
  return `${median.toFixed(0)} (${low.toFixed(0)}..${high.toFixed(0)})`;
}

function figure({ median, low, high }: Spread): string {
  return `${median.toFixed(2)} (${low.toFixed(2)}..${high.toFixed(2)})`;
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

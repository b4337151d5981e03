/**
 * `npm run check:gpu`: on a machine with a GPU, what its adapter is, whether trainers give on it what they should, and
 * how many steps of training a second it takes for 1, 10 and 60 networks at once, against `portable` on one core and
 * PyTorch with CUDA where it is. It installs nothing and takes five minutes. `-- --software` does the same on the
 * software adapter, with very few steps, which shows that the check itself works.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { testedAdapter } from '../helpers/software-gpu.ts';
import { atLeast, goalTable, type Measured, table } from './goals.ts';
import { pythonWith } from './peers.ts';
import { ratio, spread } from './statistics.ts';
import { Stepper } from './steppers.ts';
import { writeTrainingTask } from './training-task.ts';

interface Contestant {
  readonly name: string;
  readonly stepper: Stepper;
  /** Steps a second, summed over its networks, by round. */
  readonly rates: number[];
}

export async function gpuBench(options: readonly string[]): Promise<void> {
  const isSoftware = options.includes('--software');
  process.env['RESTAGE_TESTED_GPU'] = isSoftware ? 'software' : 'real';
  const { adapter } = await testedAdapter();
  console.log(`adapter: ${adapter.name}, ${adapter.vendor}, ${adapter.driver}, ${adapter.api}`);
  const parity = isSoftware ? 'not run here: npm run test:gpu' : runParityTests();
  console.log(`parity, the tests of trainers and kernels: ${parity}`);
  const effort = isSoftware
    ? { checkedSteps: 1, together: [1, 2], rounds: 1, seconds: 0.1 }
    : { checkedSteps: 100, together: [1, 10, 60], rounds: 8, seconds: 1.5 };
  const task = writeTrainingTask(effort.checkedSteps);
  const contestants: Contestant[] = [];
  const enter = async (name: string, command: readonly [string, ...string[]]): Promise<void> => {
    contestants.push({ name, stepper: await Stepper.open(command), rates: [] });
  };
  try {
    const ours = (...args: readonly string[]) =>
      [process.execPath, '--import', 'tsx', fixture('training-steps.ts'), task, ...args] as const;
    await enter(PORTABLE, ours('portable'));
    for (const count of effort.together) await enter(together(count), ours('gpu', String(count)));
    const python = pythonWith('torch');
    if (python !== undefined && hasCuda(python)) {
      const torch = (...args: readonly string[]) => [python, fixture('torch_steps.py'), task, 'silu', ...args] as const;
      await enter('PyTorch, eager', torch('foreach', 'cuda'));
      await enter('PyTorch, CUDA graph', torch('tensors', 'graph'));
    }
    for (let round = 0; round <= effort.rounds; round++)
      for (const { stepper, rates } of contestants) {
        const { steps, wall } = await stepper.go(effort.seconds);
        if (round > 0) rates.push(steps / wall);
      }
    report(contestants);
  } finally {
    for (const { stepper } of contestants) stepper.close();
    rmSync(task, { recursive: true });
  }
}

const PORTABLE = 'portable, one core';
const together = (count: number): string => `GPU, ${count} together`;

function report(contestants: readonly Contestant[]): void {
  const [portable] = contestants as [Contestant, ...Contestant[]];
  const rows = contestants.map(({ name, stepper: { loss, about }, rates }) => [
    name,
    spread(rates).median.toFixed(1),
    ratio(rates, portable.rates).median.toFixed(2),
    Math.abs(loss / portable.stepper.loss - 1).toExponential(1),
    about,
  ]);
  const head = ['', 'steps/s', '/ portable', 'loss, relative to portable', 'what'];
  console.log(`\n${table([head, ...rows])}`);
  const goals: readonly (readonly [number, number, number])[] = [
    [10, 10, 20],
    [60, 40, 80],
  ];
  const measured = goals.flatMap(([count, least, stretch]): readonly Measured[] => {
    const found = contestants.find(({ name }) => name === together(count));
    if (found === undefined) return [];
    const goal = atLeast(`U${count}`, `${count} networks on a data-centre GPU / portable, a core`, 'x', least, stretch);
    return [{ goal, wall: ratio(found.rates, portable.rates) }];
  });
  if (measured.length > 0) console.log(`\n${goalTable(measured)}`);
}

/** What vitest counts at its end. */
function runParityTests(): string {
  const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
  const args = [vitest, 'run', '--config', '.config/vitest.config.ts', '--project', 'gpu'];
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const counts = /\d+ passed, \d+ failed, \d+ skipped/.exec(stdout)?.[0] ?? `vitest ended with ${status}`;
  return status === 0 ? counts : `${counts}; see npm run test:gpu with RESTAGE_TESTED_GPU=real`;
}

function hasCuda(python: string): boolean {
  const { status } = spawnSync(python, ['-c', 'import torch, sys; sys.exit(not torch.cuda.is_available())']);
  return status === 0;
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

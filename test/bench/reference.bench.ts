/**
 * Whole trainings of the HiggsML pipeline on `portable` and in eager PyTorch, from the same initial weights on the same
 * rows and batches: how far their losses are apart, and how far seeds are. `--data=PATH` takes events of that file
 * instead of simulated ones, `--quick` two seeds.
 */
import { openBackend } from '../../src/ml/backends/backends.ts';
import { recordedFold } from '../reference/higgs-training.ts';
import { hasTorch, NO_TORCH, relativeDifference, torchLosses } from '../reference/torch.ts';
import { table } from './goals.ts';

/** Sub-epochs in which losses are to agree to 1e-3, before differences of rounding have grown. */
const FIRST = 5;

export async function referenceBench(options: readonly string[]): Promise<void> {
  if (!hasTorch()) {
    console.log(NO_TORCH);
    return;
  }
  const path = options.find((option) => option.startsWith('--data='))?.slice('--data='.length);
  const data = path ?? 'simulated:18000';
  const backend = await openBackend('portable');
  const trainings: { readonly seed: number; readonly ours: readonly number[]; readonly theirs: readonly number[] }[] =
    [];
  for (const seed of options.includes('--quick') ? [1, 2] : [1, 2, 3, 4, 5, 6]) {
    const recorder = await recordedFold(backend, { overrides: [`data=${data}`], fold: 0, seed });
    trainings.push({ seed, ours: recorder.recorded().about.losses, theirs: torchLosses(recorder) });
  }
  const rows = trainings.map(({ seed, ours, theirs }) => [
    String(seed),
    relativeDifference(ours.slice(0, FIRST), theirs.slice(0, FIRST)).toExponential(1),
    relativeDifference(ours, theirs).toExponential(1),
    ours.at(-1)!.toFixed(6),
    theirs.at(-1)!.toFixed(6),
    Math.min(...ours).toFixed(6),
    Math.min(...theirs).toFixed(6),
  ]);
  console.log(`the network of fold 0 on ${data}, ${trainings[0]!.ours.length} sub-epochs; relative differences`);
  const head = ['seed', `first ${FIRST}`, 'all', 'last loss', "PyTorch's", 'best loss', "PyTorch's"];
  console.log(table([head, ...rows]));
  const last = trainings.map(({ ours }) => ours.at(-1)!);
  console.log(`last losses of seeds are ${(Math.max(...last) - Math.min(...last)).toFixed(6)} apart`);
}

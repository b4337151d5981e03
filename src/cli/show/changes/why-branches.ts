/** What `restage why` prints about branches of an experiment. */
import type { WhyBranches } from '../../../study/results/why-branches.ts';
import type { Screen } from '../../output/screen.ts';
import { whyRunsLines } from './why.ts';

export function whyBranchesLines({ branches }: WhyBranches, screen: Screen, verbose: boolean): readonly string[] {
  return branches.flatMap(({ before, after, seed, seeds, why }, index) => {
    const others = seeds.length === 1 ? '' : `, the first of ${seeds.length} that both have`;
    return [
      ...(index === 0 ? [] : ['']),
      screen.style.bold(`${after} against ${before}, with seed ${seed}${others}`),
      ...whyRunsLines(why, screen, verbose),
    ];
  });
}

/** The stage that puts the qualities of all pruned networks side by side. */
import { json, many, stage } from 'restage';
import { meanInterval } from 'restage/ml';
import { z } from 'zod';
import { type Criterion, criterion } from '../criteria.ts';
import { grouped } from '../grouped.ts';
import type { Quality } from './evaluate.ts';

/** What is left of a network at one level, and how good it is: means over the replicas. */
export interface Point {
  readonly criterion: Criterion;
  readonly level: number;
  readonly left: number;
  readonly auc: number;
  /** How far the 95 % interval of the mean reaches to each side; null of one replica. */
  readonly aucWithin: number | null;
  readonly ams: number;
  readonly amsWithin: number | null;
}

export const curve = stage({
  name: 'pruning/curve',
  description:
    'quality against what is left, with 95 % intervals over the replicas; its metrics are the means by level',
  params: z.strictObject({
    /** Of each input in turn. */
    of: z.array(z.strictObject({ criterion, level: z.int().min(0), replica: z.int().min(0) })),
  }),
  inputs: { qualities: many(json<Quality>()) },
  outputs: { points: json<readonly Point[]>() },
  async run({ params, inputs, metric }) {
    const qualities = await Promise.all(inputs.qualities.map((input) => input.read()));
    const groups = grouped(qualities.keys(), (i) => `${params.of[i]!.criterion} ${params.of[i]!.level}`);
    const points = groups.map((members): Point => {
      const values = (name: keyof Quality): number[] => members.map((i) => qualities[i]![name]);
      const { criterion: by, level } = params.of[members[0]!]!;
      const left = values('left').reduce((sum, value) => sum + value, 0) / members.length;
      const [auc, ams] = [meanInterval(values('auc')), meanInterval(values('ams'))];
      return {
        criterion: by,
        level,
        left,
        auc: auc.mean,
        aucWithin: auc.within,
        ams: ams.mean,
        amsWithin: ams.within,
      };
    });
    for (const line of grouped(points, ({ level }) => String(level)))
      for (const name of ['auc', 'ams'] as const)
        metric(name, line.reduce((sum, point) => sum + point[name], 0) / line.length, line[0]!.level);
    return { points };
  },
});

/** The stage that says how alike the connections are that different criteria, and different replicas, keep. */
import { json, many, stage, weights } from 'restage';
import { z } from 'zod';
import { type Criterion, criterion, similarity } from '../criteria.ts';
import { grouped } from '../grouped.ts';

/** Two ways to the same level. */
export interface Alike {
  readonly level: number;
  readonly some: Criterion;
  readonly others: Criterion;
  /** Whether both belong to the same replica, so that their networks began with the same weights. */
  readonly sameReplica: boolean;
  /** The mean over pairs. */
  readonly jaccard: number;
  readonly byChance: number;
  readonly pairs: number;
}

export const compareMasks = stage({
  name: 'pruning/compare-masks',
  description: 'connectivity similarity (Jaccard) between criteria and between replicas',
  params: z.strictObject({
    level: z.int().positive(),
    /** Of each input in turn. */
    of: z.array(z.strictObject({ criterion, replica: z.int().min(0) })),
  }),
  inputs: { masks: many(weights()) },
  outputs: { alike: json<readonly Alike[]>() },
  async run({ params: { level, of }, inputs }) {
    const masks = await Promise.all(inputs.masks.map((input) => input.read()));
    const pairs = masks.flatMap((_, i) =>
      Array.from({ length: masks.length - i - 1 }, (__, k) => [i, i + 1 + k] as const),
    );
    const groups = grouped(pairs, ([i, k]) =>
      [of[i]!.criterion, of[k]!.criterion, of[i]!.replica === of[k]!.replica].join(' '),
    );
    const alike = groups.map((members): Alike => {
      const [i, k] = members[0]!;
      const values = members.map(([a, b]) => similarity(masks[a]!, masks[b]!));
      const mean = (name: 'jaccard' | 'byChance'): number =>
        values.reduce((sum, value) => sum + value[name], 0) / values.length;
      return {
        level,
        some: of[i]!.criterion,
        others: of[k]!.criterion,
        sameReplica: of[i]!.replica === of[k]!.replica,
        jaccard: mean('jaccard'),
        byChance: mean('byChance'),
        pairs: members.length,
      };
    });
    return { alike };
  },
});

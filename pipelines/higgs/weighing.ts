/** How much each network of the ensemble counts: what may be chosen, and the stages that it takes. */
import { type Builder, DefinitionError, type OutputRef, type Tensors } from 'restage';
import { z } from 'zod';
import type { DataOrigin, OnData } from './data/data-origin.ts';
import type { Manifest } from './training/ensemble.ts';
import type { Symmetries } from './training/member-predictions.ts';
import { holdFolds } from './stages/hold-folds.ts';
import { weighAlike } from './stages/weigh-alike.ts';
import { weighByHeldFolds } from './stages/weigh-by-held-folds.ts';

export const weightsParam = z.enum(['loss', 'uniform', 'learned']);

export interface WeighingChoice {
  readonly weights: z.output<typeof weightsParam>;
  readonly folds: { readonly count: number; readonly held?: number | undefined };
}

/**
 * How many of the folds no network is trained on.
 *
 * @throws DefinitionError if weights are to be learned from none, or fewer than two folds are left
 */
export function heldFolds({ weights, folds }: WeighingChoice): number {
  const held = folds.held ?? (weights === 'learned' ? 1 : 0);
  if (weights === 'learned' && held === 0)
    throw new DefinitionError(
      'ensemble.weights=learned learns from folds that no network is trained on, and folds.held=0 leaves none; set folds.held to 1 or more, or leave it out.',
    );
  if (held > 0 && folds.count - held < 2)
    throw new DefinitionError(
      `folds.held=${held} of folds.count=${folds.count} leaves fewer than two folds, and a network needs one to train on and one to be validated on; hold fewer, or set folds.count higher.`,
    );
  return held;
}

type Training = OutputRef<'weights', Tensors>;

/** The folds that networks are trained on, and the others, if there are any. */
export function keptFolds(
  p: Builder,
  training: Training,
  count: number,
  origin: DataOrigin,
): { readonly training: Training; readonly held?: Training } {
  if (count === 0) return { training };
  return p.add(holdFolds, { params: { folds: count }, inputs: { training }, tags: ['data', origin] }).out;
}

interface Ensemble {
  readonly manifest: OutputRef<'json', OnData<Manifest>>;
  readonly networks: OutputRef<'weights', Tensors>;
}

/** @param held given where weights are learned */
export function weighed(
  p: Builder,
  weights: WeighingChoice['weights'],
  { manifest, networks }: Ensemble,
  held: Training | undefined,
  symmetries: Symmetries,
  origin: DataOrigin,
): Ensemble {
  const tags = ['training', origin];
  switch (weights) {
    case 'loss':
      return { manifest, networks };
    case 'uniform':
      return { ...p.add(weighAlike, { params: {}, inputs: { manifest }, tags }).out, networks };
    case 'learned':
      return p.add(weighByHeldFolds, { params: symmetries, inputs: { held: held!, networks, manifest }, tags }).out;
  }
}

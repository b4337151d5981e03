/** The stage that judges a network by events that no training has seen. */
import { DataError, json, stage, table, type Tensors, weights } from 'restage';
import { openTrainer, rocAuc } from 'restage/ml';
import { z } from 'zod';
import { amsAtCut, optimiseCut } from '../../higgs/judging/cut.ts';
import { networkInputs } from '../../higgs/data/inputs.ts';
import { networkParams, networkSpec } from '../../higgs/training/network.ts';
import { connectionsOf } from '../criteria.ts';

/** How good a network is, and how much of it is left. */
export interface Quality {
  readonly connections: number;
  /** Of all connections, from 0 to 1. */
  readonly left: number;
  readonly auc: number;
  /** The cut is chosen on one half of the events and the AMS is of the other; the mean of both ways round. */
  readonly ams: number;
}

export const evaluate = stage({
  name: 'pruning/evaluate',
  description: 'area under the ROC curve, and AMS at a cut that other events have chosen',
  params: z.strictObject({
    network: networkParams,
    /** Of the complete set, whose weights the events stand for. */
    wholeSetEvents: z.int().positive(),
    backgroundRegulariser: z.number().min(0),
  }),
  inputs: { network: weights(), masks: weights(), events: weights(), truth: table<'target' | 'weight'>() },
  outputs: { quality: json<Quality>() },
  compute: true,
  async run({ params, inputs, backend, metric }) {
    const [network, masks, events, truth] = await Promise.all([
      inputs.network.read(),
      inputs.masks.read(),
      inputs.events.read(),
      inputs.truth.read(),
    ]);
    checkPruned(network, masks);
    const { target, weight } = truth.columns;
    // A trainer that never trains: neither its batch size nor its optimiser matters.
    const trainer = openTrainer(backend, networkSpec(params.network), {
      batchSize: 1,
      adam: { beta2: 0.999, epsilon: 1 },
    });
    try {
      trainer.load(network);
      const predictions = await trainer.predict(networkInputs(events));
      const auc = rocAuc(predictions, target, weight);
      const ams = crossedAms(predictions, target, weight, params);
      const { all, left } = connectionsOf(masks);
      metric('auc', auc);
      metric('ams', ams);
      metric('left', left / all);
      return { quality: { connections: left, left: left / all, auc, ams } };
    } finally {
      trainer.dispose();
    }
  },
});

/** A pruned network is exactly sparse. */
function checkPruned(network: Tensors, masks: Tensors): void {
  for (const [name, { data }] of Object.entries(masks))
    for (let at = 0; at < data.length; at++)
      if (data[at] === 0 && network[name]!.data[at] !== 0)
        throw new DataError(
          `Weight ${at} of ${name} is pruned and is ${String(network[name]!.data[at])} instead of 0.`,
        );
}

function crossedAms(
  predictions: Float32Array,
  targets: ArrayLike<number>,
  weights: ArrayLike<number>,
  rule: { readonly wholeSetEvents: number; readonly backgroundRegulariser: number },
): number {
  const halves = [0, 1].map((half) => {
    const rows = Array.from(predictions.keys()).filter((row) => row % 2 === half);
    const pick = (values: ArrayLike<number>): number[] => rows.map((row) => values[row]!);
    return { predictions: pick(predictions), targets: pick(targets), weights: pick(weights) };
  });
  const amsOf = (choosing: number): number => {
    const [by, of] = [halves[choosing]!, halves[1 - choosing]!];
    const scaled = ({ predictions: { length } }: typeof by) => ({
      backgroundRegulariser: rule.backgroundRegulariser,
      weightFactor: rule.wholeSetEvents / length,
    });
    // A network of which little is left may be sure of nothing, so every event is a candidate.
    const { cut } = optimiseCut(by.predictions, by.targets, by.weights, {
      ...scaled(by),
      minPrediction: 0,
      topPercent: 10,
    });
    return amsAtCut(of.predictions, of.targets, of.weights, { ...scaled(of), cut });
  };
  return (amsOf(0) + amsOf(1)) / 2;
}

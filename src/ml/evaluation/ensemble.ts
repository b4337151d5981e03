/** Ensembles: how much each model counts, and the mean of what they predict. */

/**
 * Weights proportional to 1 / loss that add up to 1: the better a model, the more it counts.
 *
 * @throws RangeError if there is no loss, or one is not a positive number.
 */
export function ensembleWeights(losses: readonly number[]): readonly number[] {
  const bad = losses.find((loss) => !(loss > 0 && Number.isFinite(loss)));
  if (losses.length === 0 || bad !== undefined)
    throw new RangeError(`Weights by 1 / loss need positive losses, not ${bad === undefined ? 'none at all' : bad}.`);
  return normalised(losses.map((loss) => 1 / loss));
}

/**
 * The weights divided by their sum.
 *
 * @throws RangeError if there is none, or one is not a positive number.
 */
export function normalised(weights: readonly number[]): readonly number[] {
  const bad = weights.find((weight) => !(weight > 0 && Number.isFinite(weight)));
  if (weights.length === 0 || bad !== undefined)
    throw new RangeError(`Weights to normalise must be positive, not ${bad === undefined ? 'none at all' : bad}.`);
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * The weighted mean of predictions, row by row: summed in float64 in the order given, divided by the sum of weights.
 *
 * @throws RangeError if the predictions differ in length, are not one for each weight, or the weights add up to 0 or to
 *   no finite number.
 */
export function weightedMean(predictions: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const rows = predictions[0]?.length;
  if (rows === undefined || predictions.length !== weights.length)
    throw new RangeError(
      `A mean needs as many weights as predictions, not ${weights.length} for ${predictions.length}.`,
    );
  const total = weights.reduce((a, b) => a + b, 0);
  if (total === 0 || !Number.isFinite(total))
    throw new RangeError(`The weights of a mean must add up to a finite number other than 0, not to ${total}.`);
  const sum = new Float64Array(rows);
  for (const [i, prediction] of predictions.entries()) {
    if (prediction.length !== rows)
      throw new RangeError(`Prediction ${i} has ${prediction.length} rows where the first has ${rows}.`);
    const weight = weights[i]!;
    for (let row = 0; row < rows; row++) sum[row]! += weight * prediction[row]!;
  }
  return Float32Array.from(sum, (value) => value / total);
}

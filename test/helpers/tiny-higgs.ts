/** The reference pipeline with so little to do that it takes seconds. */
import { fileURLToPath } from 'node:url';

export const HIGGS = fileURLToPath(new URL('../../pipelines/higgs', import.meta.url));

/** On whatever events. */
export const TINY_TRAINING = {
  'folds.count': 3,
  'network.width': 8,
  'network.depth': 2,
  'train.lengthRiseSubEpochs': 2,
  'train.lengthFallSubEpochs': 4,
  'lrFind.steps': 10,
  'cut.minPrediction': 0.5,
  'score.bootstrapSamples': 20,
} as const;

export const TINY_HIGGS = { data: 'simulated:3000', ...TINY_TRAINING } as const;

/** As words of a command line. */
export function settingWords(settings: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(settings).flatMap(([path, value]) => ['-S', `${path}=${String(value)}`]);
}

/**
 * What the branches of the study change of the default pipeline, which is its last step A8 (HiggsML_Lumin, notebooks 0
 * to 17). The experiments on these data name them from here.
 */
const PLAIN = { network: { depth: 4, width: 100, dense: false } };
const RELU = { network: { ...PLAIN.network, activation: 'relu' } } as const;
const SWISH = { network: { ...PLAIN.network, activation: 'swish' } } as const;
const CONSTANT = { schedule: { kind: 'constant' } } as const;
const SGDR = { schedule: { kind: 'cosine' } } as const;
const NO_AUGMENTATION = { augment: { train: false }, predict: { rotMult: 0 } };
/** Ten networks of ReLUs at a constant rate, jets as a number, nothing augmented. */
const ENSEMBLE = { ...RELU, ...CONSTANT, ...NO_AUGMENTATION, features: { jets: 'number' } } as const;
/** The first step: one of these networks. */
const BASELINE = { ...ENSEMBLE, ensemble: { networks: 1 } } as const;
const EMBEDDED = { ...RELU, ...CONSTANT };
const WITHOUT_TTA = { predict: { rotMult: 0 } };

/** From one plain network to ten dense ones. */
export const STEPS = {
  'A0-baseline': BASELINE,
  'A1-ensemble': ENSEMBLE,
  'A2-embedding': { ...EMBEDDED, ...NO_AUGMENTATION },
  'A3-aligned': { ...EMBEDDED, ...NO_AUGMENTATION, features: { aligned: true } },
  'A4-augmentation': EMBEDDED,
  'A5-SGDR': { ...RELU, ...SGDR },
  'A6-swish': { ...SWISH, ...SGDR },
  'A7-1cycle': SWISH,
} as const;

/** Averages of weights and of snapshots, on the network of A6. */
export const AVERAGES = {
  'B1-SSE': { ...SWISH, averaging: 'sse' },
  'B2-FGE': { ...SWISH, averaging: 'fge' },
  'B3-SWA-constant': { ...SWISH, averaging: 'swa' },
  'B4-SWA-cosine': { ...SWISH, averaging: 'swa', schedule: { kind: 'cosine' } },
  'B5-SWA-triangular': { ...SWISH, averaging: 'swa', schedule: { kind: 'triangular' } },
} as const;

export const NETWORKS = {
  'C1-split': { network: { width: 20, blocks: 'split' } },
  'C2-bottleneck': { network: { width: 20, blocks: 'bottleneck' } },
  'C3-wide-and-deep': { network: { blocks: 'wide-and-deep' } },
} as const;

/** One technique at a time on the baseline. */
export const SINGLE_TECHNIQUES = {
  'D1-embedding': { ...BASELINE, features: { jets: 'category' } },
  'D1-swish': { ...BASELINE, ...SWISH },
  'D1-1cycle': { ...BASELINE, schedule: { kind: 'one-cycle' } },
  'D1-dense': { ...BASELINE, network: { activation: 'relu' } },
  'D1-augmentation': { ...BASELINE, augment: { train: true }, predict: {} },
} as const;

/** What the study left open. */
export const DETAILS = {
  'E2-measured-momenta': { augment: { space: 'measured' } },
  'E3-epsilon=1e-7': { train: { epsilon: 1e-7 } },
  'E3-epsilon=0.01': { train: { epsilon: 1e-2 } },
} as const;

/** Rows of the study's tables that train nothing: without test-time augmentation. */
export const WITHOUT_TEST_TIME_AUGMENTATION = {
  'A4-without-TTA': { ...EMBEDDED, ...WITHOUT_TTA },
  'A8-without-TTA': WITHOUT_TTA,
  'D1-augmentation-without-TTA': { ...BASELINE, augment: { train: true } },
} as const;

/**
 * How A8's networks predict: other transformations, and fewer networks (scanned in the author's study before this one).
 */
export const PREDICTIONS = {
  'TTA-random-turns': { predict: { angles: 'random' } },
  'cycled-momentum-TTA-8': { profile: 'as-described', predict: { rotMult: 2 } },
  '1-network': { ensemble: { networks: 1 } },
  '3-networks': { ensemble: { networks: 3 } },
  '5-networks': { ensemble: { networks: 5 } },
  'best-5-networks': { ensemble: { best: 5 } },
} as const;

/**
 * The other profile of the pipeline, and other numbers of transformations: in one profile or the other they are the
 * base.
 */
export const PROFILES = {
  'E1-as-described': { profile: 'as-described' },
  'E1-as-run': { profile: 'as-run' },
  'TTA-4': { 'predict.rotMult': 1 },
  'TTA-8': { 'predict.rotMult': 2 },
  'TTA-16': { 'predict.rotMult': 4 },
  'TTA-32': { 'predict.rotMult': 8 },
} as const;

/** How much A8's networks count; learned from a tenth of the training events, without which nine are trained. */
export const WEIGHTS = {
  'uniform-weights': { ensemble: { weights: 'uniform' } },
  'fold-held': { folds: { held: 1 } },
  'fold-held-learned-weights': { folds: { held: 1 }, ensemble: { weights: 'learned' } },
} as const;

/** What networks have to beat. */
export const TREES = {
  'boosted-trees': { treeShare: 1 },
  'networks-and-trees': { treeShare: 0.5 },
} as const;

/** 1cycle in so many optimiser steps, a third of them rising, as in the study. */
export function inSteps(steps: number) {
  return { lengthRiseSteps: steps / 3, lengthFallSteps: (2 * steps) / 3 };
}

/** What came out best of `small-data.ts` on 18,000 rows, by the losses of the training folds alone. */
export const SMALL_DATA = {
  'F1-2025-steps,epsilon=0.01': { train: { ...inSteps(2_025), epsilon: 1e-2 } },
} as const;

/** Numbers of every branch, on validation events; each seed draws its own split. */
export const METRICS = {
  ams: { of: 'score.validation.ams', better: 'higher', design: { redrawnSplit: 0.2 } },
  crossEntropy: { of: 'score.validation.crossEntropy', better: 'lower', design: { redrawnSplit: 0.2 } },
  rocArea: { of: 'score.validation.rocAuc', better: 'higher', design: { redrawnSplit: 0.2 } },
} as const;

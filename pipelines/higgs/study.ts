/**
 * The study, branch by branch (G. C. Strong, arXiv:2002.01427; HiggsML_Lumin, notebooks 0 to 17): from one plain network
 * to ten dense ones, each branch as what it changes of the default pipeline. That, the base, is the study's last step A8.
 * Boosted trees, alone and with the networks, are not the study's; they are what networks have to beat.
 *
 *     restage ablate pipelines/higgs/study.ts -S data=atlas-higgs-challenge-2014-v2.csv.gz
 */
import { experiment } from 'restage';
import higgs from './index.ts';

const PLAIN = { network: { depth: 4, width: 100, dense: false } };
const RELU = { network: { ...PLAIN.network, activation: 'relu' } } as const;
const SWISH = { network: { ...PLAIN.network, activation: 'swish' } } as const;
const CONSTANT = { schedule: { kind: 'constant' } } as const;
const SGDR = { schedule: { kind: 'cosine' } } as const;
const NO_AUGMENTATION = { augment: { train: false }, predict: { rotMult: 0 } };
/** The first step: jets as a number, one network of ReLUs at a constant rate, nothing augmented. */
const BASELINE = {
  ...RELU,
  ...CONSTANT,
  ...NO_AUGMENTATION,
  features: { jets: 'number' },
  ensemble: { networks: 1 },
} as const;
const EMBEDDED = { ...RELU, ...CONSTANT };

export default experiment({
  name: 'study',
  pipeline: higgs,
  branches: (base) => [
    base.with(BASELINE).as('A0-baseline'),
    base.with({ ...RELU, ...CONSTANT, ...NO_AUGMENTATION, features: { jets: 'number' } }).as('A1-ensemble'),
    base.with({ ...EMBEDDED, ...NO_AUGMENTATION }).as('A2-embedding'),
    base.with({ ...EMBEDDED, ...NO_AUGMENTATION, features: { aligned: true } }).as('A3-aligned'),
    base.with(EMBEDDED).as('A4-augmentation'),
    base.with({ ...RELU, ...SGDR }).as('A5-SGDR'),
    base.with({ ...SWISH, ...SGDR }).as('A6-swish'),
    base.with(SWISH).as('A7-1cycle'),
    base.with({ ...SWISH, averaging: 'sse' }).as('B1-SSE'),
    base.with({ ...SWISH, averaging: 'fge' }).as('B2-FGE'),
    base.with({ ...SWISH, averaging: 'swa' }).as('B3-SWA-constant'),
    base.with({ ...SWISH, averaging: 'swa', schedule: { kind: 'cosine' } }).as('B4-SWA-cosine'),
    base.with({ ...SWISH, averaging: 'swa', schedule: { kind: 'triangular' } }).as('B5-SWA-triangular'),
    base.with({ network: { width: 20, blocks: 'split' } }).as('C1-split'),
    base.with({ network: { width: 20, blocks: 'bottleneck' } }).as('C2-bottleneck'),
    base.with({ network: { blocks: 'wide-and-deep' } }).as('C3-wide-and-deep'),
    base.with({ ...BASELINE, features: { jets: 'category' } }).as('D1-embedding'),
    base.with({ ...BASELINE, ...SWISH }).as('D1-swish'),
    base.with({ ...BASELINE, schedule: { kind: 'one-cycle' } }).as('D1-1cycle'),
    base.with({ ...BASELINE, network: { activation: 'relu' } }).as('D1-dense'),
    base.with({ ...BASELINE, augment: { train: true }, predict: {} }).as('D1-augmentation'),
    base.with({ profile: 'as-described' }).as('E1-as-described'),
    base.with({ augment: { space: 'measured' } }).as('E2-measured-momenta'),
    base.with({ treeShare: 1 }).as('boosted-trees'),
    base.with({ treeShare: 0.5 }).as('networks-and-trees'),
    ...base.sweep('train.epsilon', [1e-7, 1e-2]),
  ],
  seeds: 6,
  metrics: {
    ams: { of: 'score.validation.ams', better: 'higher', design: { redrawnSplit: 0.2 } },
    crossEntropy: { of: 'score.validation.crossEntropy', better: 'lower', design: { redrawnSplit: 0.2 } },
    rocArea: { of: 'score.validation.rocAuc', better: 'higher', design: { redrawnSplit: 0.2 } },
  },
});

/** What each ingredient of the analysis is worth: every one is left out once, and some are replaced by another. */
import { experiment } from 'restage';
import higgs from './index.ts';

export default experiment({
  name: 'ingredients',
  pipeline: higgs,
  components: {
    augmentation: { off: { augment: { train: false } } },
    'test-time-augmentation': { off: { predict: { rotMult: 0 } } },
    ensemble: { off: { ensemble: { networks: 1 } } },
    'dense-connections': { off: { network: { dense: false } } },
    swish: { off: { network: { activation: 'relu' } } },
  },
  branches: (base) => [
    ...base.leaveOneOut(),
    ...base.cumulative(['swish', 'dense-connections', 'augmentation', 'ensemble', 'test-time-augmentation']),
    ...base.sweep('ensemble.networks', [3, 5]),
    ...base.sweep('ensemble.best', [5]),
    ...base.sweep('predict.rotMult', [8]),
    ...base.sweep('cut.topPercent', [5]),
    ...base.sweep('averaging', ['swa', 'fge', 'sse']),
    ...base.sweep('network.depth', [3]),
    ...base.sweep('network.width', [66]),
  ],
  seeds: 3,
  metrics: {
    ams: { of: 'score.validation.ams', better: 'higher', design: { redrawnSplit: 0.2 } },
    crossEntropy: { of: 'score.validation.crossEntropy', better: 'lower', design: { redrawnSplit: 0.2 } },
    loss: { of: 'train-fold.validation loss', better: 'lower', design: 'cross-validation' },
  },
});

/** What each choice of the pruning procedure is worth at the last level, by seeds. */
import { experiment } from 'restage';
import pruning from './index.ts';

export default experiment({
  name: 'pruning-choices',
  pipeline: pruning,
  base: { criteria: ['global'], replicas: 1 },
  branches: (base) => [
    ...base.sweep('criteria', [['layer'], ['random'], ['neuron']]),
    ...base.sweep('rewind', ['initial', 'trained', 'new']),
  ],
  seeds: 3,
  metrics: {
    auc: { of: 'curve.auc', better: 'higher', design: { redrawnSplit: 0.5 } },
    ams: { of: 'curve.ams', better: 'higher', design: { redrawnSplit: 0.5 } },
  },
});

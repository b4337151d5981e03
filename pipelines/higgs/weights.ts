/**
 * What it is worth to weigh the ensemble's networks otherwise, with six seeds; and what it costs to learn from a fold
 * that no network is trained on.
 */
import { experiment } from 'restage';
import { METRICS, WEIGHTS } from './branches.ts';
import higgs from './index.ts';

export default experiment({
  name: 'weights',
  pipeline: higgs,
  branches: (base) => Object.entries(WEIGHTS).map(([name, changes]) => base.with(changes).as(name)),
  seeds: 6,
  metrics: METRICS,
});

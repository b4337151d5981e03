/** Crates of built facts, for what holds of all of them. */
import type { RoCrate } from '../../src/export/ro-crate/entities.ts';
import { roCrateOf } from '../../src/export/ro-crate/ro-crate.ts';
import { exportedRun, toyFacts } from './facts.ts';

export const named = { pathOf: () => undefined };
export const complete = roCrateOf(toyFacts(), named);
export const crates: Readonly<Record<string, RoCrate>> = {
  'a complete run': complete,
  'a run with its data': roCrateOf(toyFacts(), { pathOf: (digest) => `data/${digest}.json` }),
  'a run that failed': roCrateOf(toyFacts({ outcome: 'failed' }), named),
  'a run in progress': roCrateOf(toyFacts({ outcome: 'running', endedAt: null }), named),
  'what one number was made of': roCrateOf({ ...toyFacts(), scope: 'lineage', asked: 'score.ams' }, named),
  'a run with hostile names': roCrateOf(hostile(), named),
};

function hostile() {
  const facts = toyFacts();
  const name = '../../<b>"\u0000\uD800 #?%2e\n';
  const rename = <T extends { readonly node: string; readonly stage: string }>(each: T): T => ({
    ...each,
    node: `${name}${each.node}`,
    stage: `${name}${each.stage}`,
  });
  return {
    ...facts,
    run: exportedRun({ pipeline: name, params: { [name]: name } }),
    acts: facts.acts.map(rename),
    steps: facts.steps.map(rename),
  };
}

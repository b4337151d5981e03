/**
 * Crates of built facts, validated with the published SHACL shapes where these and an engine are there. The requirements
 * are tests of their own in ro-crate.test.ts, which need neither.
 */
import { expect, test } from 'vitest';
import type { RoCrate } from '../../src/export/ro-crate/entities.ts';
import { roCrateOf } from '../../src/export/ro-crate/ro-crate.ts';
import { brokenShapes, hasShaclEngine, NO_SHACL_ENGINE } from '../helpers/shacl-engine.ts';
import { toyFacts } from './facts.ts';
import { hasSchemas, NO_SCHEMAS } from './schemas.ts';

const named = { pathOf: () => undefined };
const complete = roCrateOf(toyFacts(), named);
const crates: Readonly<Record<string, RoCrate>> = {
  'a complete run': complete,
  'a run with its data': roCrateOf(toyFacts(), { pathOf: (digest) => `data/${digest}.json` }),
  'a run that failed': roCrateOf(toyFacts({ outcome: 'failed' }), named),
  'a run in progress': roCrateOf(toyFacts({ outcome: 'running', endedAt: null }), named),
  'what one number was made of': roCrateOf({ ...toyFacts(), scope: 'lineage', asked: 'score.ams' }, named),
};

test.for(Object.entries(crates))(
  'the published shapes find nothing that the crate of %s must be and is not',
  async ([, crate], { skip }) => {
    skip(!hasSchemas, NO_SCHEMAS);
    skip(!hasShaclEngine, NO_SHACL_ENGINE);
    expect(await brokenShapes(crate, 'must')).toEqual([]);
  },
);

test.for(['FormalParameter', 'HowToStep', 'ControlAction', 'SoftwareSourceCode', 'ComputerLanguage'])(
  'the published shapes find a crate without any %s',
  async (type, { skip }) => {
    skip(!hasSchemas, NO_SCHEMAS);
    skip(!hasShaclEngine, NO_SHACL_ENGINE);
    const without = complete['@graph'].filter((entity) => entity['@type'] !== type);
    expect(await brokenShapes({ ...complete, '@graph': without }, 'must')).not.toEqual([]);
  },
);

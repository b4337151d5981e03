/**
 * Crates of built facts, validated with the published SHACL shapes where these and an engine are there. The
 * requirements are tests of their own in ro-crate.test.ts, which need neither.
 */
import { expect, test } from 'vitest';
import { brokenShapes, hasShaclEngine, NO_SHACL_ENGINE } from '../helpers/shacl-engine.ts';
import { complete, crates } from './crates.ts';
import { hasSchemas, NO_SCHEMAS } from './schemas.ts';

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

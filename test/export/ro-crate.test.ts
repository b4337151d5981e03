/**
 * Crates of built facts: every requirement of the profiles, and what they say of a run that failed or has not ended.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/identity/digest.ts';
import { roCrateOf } from '../../src/export/ro-crate/ro-crate.ts';
import { workflowText } from '../../src/export/ro-crate/workflow.ts';
import type { Entity, RoCrate } from '../../src/export/ro-crate/entities.ts';
import { brokenBy, MUSTS, PROVENANCE_MUSTS } from './crate-musts.ts';
import { complete, crates, named } from './crates.ts';
import { emptyFacts, toyFacts } from './facts.ts';
import { hasSchemas, NO_SCHEMAS, SCHEMAS } from './schemas.ts';

describe.each(Object.entries(crates))('the crate of %s', (_, crate) => {
  test.each([...MUSTS, ...PROVENANCE_MUSTS])('holds: $message', (must) => {
    expect(brokenBy(crate, must)).toEqual([]);
  });
});

test('a run of which nothing ended is a Workflow Run Crate, without steps', () => {
  const crate = roCrateOf(emptyFacts(), named);
  expect(MUSTS.flatMap((must) => brokenBy(crate, must))).toEqual([]);
  expect(JSON.stringify(crate)).not.toContain('wfrun/provenance');
});

test('the checks find a crate that breaks them', () => {
  const without = (type: string): RoCrate => ({
    ...complete,
    '@graph': complete['@graph'].filter((entity) => entity['@type'] !== type),
  });
  const found = ['FormalParameter', 'HowToStep', 'ControlAction', 'SoftwareSourceCode', 'ComputerLanguage'].map(
    (type) => [...MUSTS, ...PROVENANCE_MUSTS].flatMap((must) => brokenBy(without(type), must)).length,
  );
  expect(found.every((count) => count > 0)).toBe(true);
});

test('each requirement of the published run profiles is among the checks', ({ skip }) => {
  skip(!hasSchemas, NO_SCHEMAS);
  const shapes = join(SCHEMAS, 'ro-crate/shapes');
  const profiles = ['process-run-crate', 'workflow-run-crate', 'provenance-run-crate', 'workflow-ro-crate'];
  const messages = profiles.flatMap((profile) =>
    readdirSync(join(shapes, profile, 'must')).flatMap((file) =>
      [...readFileSync(join(shapes, profile, 'must', file), 'utf8').matchAll(/sh:message "([^"]+)"/g)].map(
        ([, message]) => message!,
      ),
    ),
  );
  const known = new Set([...MUSTS, ...PROVENANCE_MUSTS].map(({ message }) => message));
  expect(messages.filter((message) => !known.has(message))).toEqual([]);
});

test('every reference within the crate leads to an entity of it, and each entity is there once', () => {
  for (const crate of Object.values(crates)) {
    const ids = crate['@graph'].map((entity) => entity['@id']);
    expect(new Set(ids).size).toBe(ids.length);
    const meant = [...JSON.stringify(crate['@graph']).matchAll(/\{"@id":"([^"]+)"\}/g)].map(([, id]) => id!);
    const missing = new Set(meant.filter((id) => !ids.includes(id)));
    expect([...missing]).toEqual(['https://w3id.org/ro/crate/1.1']);
  }
});

test('files are named by their SHA-256, and by a path where the crate holds them', () => {
  const file = find(complete, `hash://sha256/${sha256('1,2')}`);
  expect(file).toMatchObject({ name: 'in put.csv', sha256: sha256('1,2'), contentSize: '3' });
  const copied = roCrateOf(toyFacts(), {
    pathOf: (digest) => (digest === sha256('1,2') ? 'data/in put.csv' : undefined),
  });
  expect(find(copied, 'data/in%20put.csv')).toMatchObject({ sha256: sha256('1,2') });
});

test('an execution that failed says so with its error, and one of an earlier run is told as what it was', () => {
  const actions = complete['@graph'].filter((entity) => entity['@type'] === 'CreateAction');
  const plot = actions.find(({ name }) => (name as string).includes('plot'));
  expect(plot).toMatchObject({ actionStatus: 'http://schema.org/FailedActionStatus', error: 'no <ink>' });
  const read = actions.find(({ name }) => (name as string).includes('read'));
  expect(read).toMatchObject({ name: 'Attempt 1 at read in run 2', startTime: '2023-07-22T04:26:41.000+00:00' });
});

test.each([
  ['failed', 'http://schema.org/FailedActionStatus', 'A stage failed.'],
  ['interrupted', 'http://schema.org/FailedActionStatus', 'The run was interrupted.'],
  ['died', 'http://schema.org/FailedActionStatus', "The run's process ended before the run did."],
  ['running', 'http://schema.org/ActiveActionStatus', undefined],
  ['ok', 'http://schema.org/CompletedActionStatus', undefined],
] as const)('a run that is %s has the status %s', (outcome, actionStatus, error) => {
  const crate = roCrateOf(toyFacts({ outcome }), named);
  const engine = find(crate, '#engine');
  expect([engine['actionStatus'], engine['error']]).toEqual([actionStatus, error]);
});

test('parameters are values of formal parameters, with their types', () => {
  expect(find(complete, '#workflow/param/rate')).toMatchObject({ additionalType: 'Float', name: 'rate' });
  expect(find(complete, '#workflow/value/deep.list')).toMatchObject({ value: '[1,2]' });
});

test('the same facts give the same bytes', () => {
  expect(JSON.stringify(roCrateOf(toyFacts(), named))).toBe(JSON.stringify(complete));
  expect(JSON.parse(workflowText(toyFacts()))).toMatchObject({ pipeline: 'toy', nodes: { length: 5 } });
});

function find(crate: RoCrate, id: string): Entity {
  const found = crate['@graph'].find((entity) => entity['@id'] === id);
  if (found === undefined) throw new Error(`no entity ${id}`);
  return found;
}

/** OpenLineage events of built facts, against the published schemas. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { sha256 } from '../../src/core/identity/digest.ts';
import { type LineageEvent, openLineageOf } from '../../src/export/openlineage/events.ts';
import type { Facet } from '../../src/export/openlineage/facets.ts';
import { uuidOf } from '../../src/export/identifiers.ts';
import { emptyFacts, toyFacts } from './facts.ts';
import { hasSchemas, NO_SCHEMAS, SCHEMAS } from './schemas.ts';

const events = openLineageOf(toyFacts());

test('every event is valid by the published schema, and every facet by its own', ({ skip }) => {
  skip(!hasSchemas, NO_SCHEMAS);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (addFormats as unknown as (to: Ajv2020) => void)(ajv);
  const folder = join(SCHEMAS, 'openlineage');
  const files = ['OpenLineage.json', ...readdirSync(join(folder, 'facets')).map((name) => `facets/${name}`)];
  for (const file of files) ajv.addSchema(JSON.parse(readFileSync(join(folder, file), 'utf8')) as object);
  const faults = (address: string, value: unknown): readonly string[] => {
    const validate = ajv.getSchema(address);
    if (validate === undefined) return [`no schema ${address}`];
    return validate(value) === true ? [] : [`${address}: ${ajv.errorsText(validate.errors)}`];
  };
  const all = [events, openLineageOf(emptyFacts()), openLineageOf(toyFacts({ outcome: 'failed' }))].flat();
  const found = all.flatMap((event) => [
    ...faults(event.schemaURL, event),
    ...facetsOf(event).flatMap((facet) => faults(facet._schemaURL, facet)),
  ]);
  expect(found).toEqual([]);
  expect(faults(events[0]!.schemaURL, { ...events[0], eventType: 'BEGUN' })).toHaveLength(1);
});

test('each execution starts once and ends once, the whole run first and last', () => {
  const own = events.filter(({ eventTime }) => eventTime >= '2023-11-01');
  expect([own[0]!.job.name, own[0]!.eventType, own.at(-1)!.job.name, own.at(-1)!.eventType]).toEqual([
    'toy',
    'START',
    'toy',
    'COMPLETE',
  ]);
  const ends = new Map<string, string[]>();
  for (const { run, eventType } of events) ends.set(run.runId, [...(ends.get(run.runId) ?? []), eventType]);
  expect([...ends.values()].map((each) => each.join(' ')).sort()).toEqual([
    ...new Array<string>(5).fill('START COMPLETE'),
    'START FAIL',
  ]);
});

test('an input and the output that it was have one name and one version', () => {
  const end = (node: string): LineageEvent =>
    events.find(({ job, eventType }) => job.name === `toy.${node}` && eventType !== 'START')!;
  const [made] = end('read').outputs;
  const [taken] = end('fit@fold=0').inputs;
  expect([taken!.namespace, taken!.name]).toEqual([made!.namespace, made!.name]);
  expect(taken!.facets['version']!['datasetVersion']).toBe(sha256('[1,2]'));
  expect(end('read').inputs[0]).toMatchObject({ namespace: 'file', name: '/data/in put.csv' });
});

test('an execution that failed ends with its message, and a run in progress has no end', () => {
  expect(events.find(({ eventType }) => eventType === 'FAIL')!.run.facets['errorMessage']).toMatchObject({
    message: 'no <ink>',
  });
  expect(openLineageOf(emptyFacts()).map(({ eventType }) => eventType)).toEqual(['START']);
  const interrupted = openLineageOf(toyFacts({ outcome: 'interrupted' }));
  expect(interrupted.at(-1)!.eventType).toBe('ABORT');
});

test('a UUID says the version and the variant of RFC 9562', () => {
  for (const text of ['a', 'b', 'c', 'd'])
    expect(uuidOf(sha256(text))).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

function facetsOf({ run, job, inputs, outputs }: LineageEvent): readonly Facet[] {
  const sets = [run, job, ...inputs, ...outputs].map(({ facets }) => facets);
  const more = [...inputs, ...outputs].flatMap(({ inputFacets = {}, outputFacets = {} }) => [
    inputFacets,
    outputFacets,
  ]);
  return [...sets, ...more].flatMap((set) => Object.values(set));
}

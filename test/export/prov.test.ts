/** PROV-JSON of built facts: what is told, and that another implementation of PROV reads it. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { sha256 } from '../../src/core/identity/digest.ts';
import { provOf } from '../../src/export/prov.ts';
import { emptyFacts, keyOf, toyFacts } from './facts.ts';

const PYTHON = '/usr/bin/python3';
const hasProv = spawnSync(PYTHON, ['-c', 'import prov.model']).status === 0;

const document = provOf(toyFacts());

test('content is an entity by its SHA-256, and an output of a state is a specialization of it', () => {
  const { entity, specializationOf, wasGeneratedBy, wasDerivedFrom } = document as Record<
    string,
    Record<string, object>
  >;
  expect(entity![`sha256:${sha256('1,2')}`]).toMatchObject({ 'prov:location': '/data/in put.csv' });
  const output = `output:${keyOf('read')}.rows`;
  expect(Object.values(specializationOf!)).toContainEqual({
    'prov:specificEntity': output,
    'prov:generalEntity': `sha256:${sha256('[1,2]')}`,
  });
  expect(
    Object.values(wasGeneratedBy!).filter((each) => (each as { 'prov:entity': string })['prov:entity'] === output),
  ).toHaveLength(1);
  expect(Object.values(wasDerivedFrom!)).toContainEqual(
    expect.objectContaining({ 'prov:generatedEntity': output, 'prov:usedEntity': `sha256:${sha256('1,2')}` }),
  );
});

test('no two generations are of one entity, even where two executions made the same bytes', () => {
  const facts = toyFacts();
  const same = facts.acts.map((act) => ({
    ...act,
    outputs: act.outputs.map((each) => ({ ...each, digest: sha256('x') })),
  }));
  const generations = Object.values(provOf({ ...facts, acts: same })['wasGeneratedBy']!);
  const entities = generations.map((each) => (each as { 'prov:entity': string })['prov:entity']);
  expect(new Set(entities).size).toBe(entities.length);
});

test('a failed execution is an activity with its error, and what an earlier run made informed this one', () => {
  const activities = Object.values(document['activity']!) as Record<string, unknown>[];
  expect(activities.find((each) => each['restage:node'] === 'plot')).toMatchObject({
    'restage:status': 'failed',
    'restage:error': 'no <ink>',
  });
  expect(Object.keys(document['wasInformedBy']!)).toHaveLength(1);
});

test('names are the same in every export of the same facts, and every name has a prefix', () => {
  expect(JSON.stringify(provOf(toyFacts()))).toBe(JSON.stringify(document));
  const names = ['entity', 'activity', 'agent'].flatMap((kind) => Object.keys(document[kind]!));
  expect(names.filter((name) => !Object.hasOwn(document.prefix, name.split(':')[0]!))).toEqual([]);
});

test('the PROV library of Python reads it back with as many statements, and writes the same ones', ({ skip }) => {
  skip(!hasProv, `${PYTHON} has no module prov (on Debian: python3-prov)`);
  const script = `
import json, sys, prov.model as m
for text in json.load(sys.stdin):
    read = m.ProvDocument.deserialize(content=text, format='json')
    again = m.ProvDocument.deserialize(content=read.serialize(format='json'), format='json')
    assert read == again, 'a round trip changes it'
    read.get_provn()
    print(len(read.get_records()))
`;
  const facts = toyFacts();
  const hostile = {
    ...facts,
    acts: facts.acts.map((act) => ({
      ...act,
      node: `ü "<x>" ${act.node}`,
      outputs: act.outputs.map((each) => ({ ...each, name: `a b:/${each.name}` })),
    })),
  };
  const documents = [document, provOf(emptyFacts()), provOf(hostile)];
  const told = documents.map((each) =>
    Object.entries(each).reduce((sum, [kind, of]) => sum + (kind === 'prefix' ? 0 : Object.keys(of).length), 0),
  );
  const { stdout, stderr } = spawnSync(PYTHON, ['-c', script], {
    input: JSON.stringify(documents.map((each) => JSON.stringify(each))),
    encoding: 'utf8',
  });
  expect({ records: stdout.trim().split('\n').map(Number), stderr }).toEqual({ records: told, stderr: '' });
});

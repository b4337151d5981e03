import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { comparable, type Comparable, diff, isDifferent } from '../../../src/audit/diff/diff.ts';
import { findReference } from '../../../src/store/reference/find.ts';
import { Cache } from '../../../src/store/cache.ts';
import { type InProcessProject, makeInProcessProject } from '../../helpers/in-process-project.ts';

let project: InProcessProject;

/** Run 1; another size; a code edit that changes what comes out; the first again. */
beforeAll(async () => {
  project = makeInProcessProject('lab');
  await project.run();
  await project.run(['-S', 'rows=500']);
  project.edit('stages.ts', '=> factor * x', '=> factor * x + 1');
  await project.run(['-S', 'digits=3']);
});

function compared<Kind extends ReturnType<typeof diff>['kind']>(kind: Kind, first: string, second: string) {
  const cache = Cache.open(project.cache);
  try {
    const [before, after] = [first, second].map((word) => comparable(cache, word, findReference(cache.query, word)!));
    const found = diff(cache, before!, after!);
    expect(found.kind).toBe(kind);
    return { ...(found as Extract<typeof found, { kind: Kind }>), differs: isDifferent(found) };
  } finally {
    cache.close();
  }
}

describe('two runs', () => {
  test('differ in parameters, outputs and the first node that came to something else', () => {
    const found = compared('runs', 'run:1', 'run:2');
    expect(found.params).toEqual([{ path: 'rows', before: 1000, after: 500 }]);
    expect(found).toMatchObject({ codes: [], fields: [], environment: [], differs: true });
    expect(found.structure).toEqual({ added: [], removed: [], rewired: [] });
    expect(found.firstDivergence).toMatchObject({
      node: 'source',
      outputs: ['data'],
      fields: [{ field: 'param.rows' }],
    });
    expect(found.results.map(({ name, how }) => [name, how.type])).toContainEqual(['total', 'values']);
    expect(found.outputs.differ).toBeGreaterThan(0);
  });

  test('that are one run do not differ', () => {
    const found = compared('runs', 'run:1', 'run:1');
    expect(found).toMatchObject({ params: [], results: [], metrics: [], firstDivergence: null, differs: false });
  });
});

test('code that differs is named by stage, and its sources are a diff of files', () => {
  const found = compared('runs', 'run:1', 'run:3');
  expect(found.codes.map(({ stage }) => stage)).toEqual(['lab/scale']);
  expect(found.firstDivergence).toMatchObject({ node: 'scale@k=0', fields: [{ field: 'code' }] });
  const { before, after } = found.codes[0]!;
  const { files, differs } = compared('codes', before, after);
  expect(differs).toBe(true);
  expect(files.map(({ path }) => path)).toEqual(['stages.ts']);
  const changed = files[0]!.lines.filter((line) => /^[-+] /.test(line)).map((line) => line.trim().replace(/ +/g, ' '));
  expect(changed).toEqual([
    '- return { data: tableOf({ x: (columns.x as Float64Array).map((x) => factor * x) }) };',
    '+ return { data: tableOf({ x: (columns.x as Float64Array).map((x) => factor * x + 1) }) };',
  ]);
});

describe('two states', () => {
  test('differ in the fields of their keys and in their outputs, by column', () => {
    const found = compared('states', 'run:1/scale@k=0', 'run:2/scale@k=0');
    expect(found.fields.map(({ field }) => field)).toEqual(['in.data']);
    expect(found.outputs).toMatchObject([{ name: 'data', kind: 'table', how: { type: 'values' } }]);
    expect(found.outputs[0]!.how).toMatchObject({ differences: [{ where: '', what: '1000 -> 500 rows' }] });
  });

  test('that are one state do not differ', () => {
    expect(compared('states', 'run:1/noise', 'run:2/noise')).toMatchObject({ fields: [], outputs: [], differs: false });
  });
});

test('two outputs differ as their codec says', () => {
  const found = compared('artifacts', 'run:1/mix.total', 'run:2/mix.total');
  expect(found.artifacts).toMatchObject({ kind: 'json', how: { type: 'values' } });
  expect(found.differs).toBe(true);
});

test('a run and a node are not compared, with a sentence', () => {
  expect(() => compared('runs', 'run:1', 'run:1/mix')).toThrow(
    /The first is a run, and the second a state; name two of a kind/,
  );
});

test('an output whose bytes are gone is said to be lost, and the rest is compared', () => {
  const lost = makeLost();
  expect(lost.outputs).toMatchObject([{ name: 'data', how: { type: 'lost' } }]);
  expect(lost.fields.map(({ field }) => field)).toEqual(['in.data']);
});

function makeLost() {
  const cache = Cache.open(project.cache);
  const state = comparable(cache, 'run:1/scale@k=1', findReference(cache.query, 'run:1/scale@k=1')!) as Extract<
    Comparable,
    { kind: 'states' }
  >;
  const { digest } = cache.query.states.outputs(state.state.id)[0]!;
  cache.close();
  const file = join(project.cache, 'objects', digest.slice(0, 2), digest.slice(2));
  chmodSync(file, 0o644);
  rmSync(file);
  return compared('states', 'run:1/scale@k=1', 'run:2/scale@k=1');
}

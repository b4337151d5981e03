/**
 * A project for questions about lineage: a file, a stage that reads it, a random fan-out of three, and a result with a
 * number in it; all of it executes in the test's own process.
 */
import type { Reader } from '../../../src/audit/open.ts';
import type { Found } from '../../../src/store/reference/found.ts';
import { findReference } from '../../../src/store/reference/find.ts';
import type { SubjectSearch } from '../../../src/audit/lineage/find-subject.ts';
import type { Cache } from '../../../src/store/cache.ts';
import { type InProcessProject, makeInProcessProject } from '../../helpers/in-process-project.ts';

export const STAGES = `
import { file, json, many, stage, table, tableOf } from 'restage';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { half } from './half.ts';

export const load = stage({
  name: 'line/load',
  description: 'Reads the numbers of a file.',
  params: z.strictObject({ most: z.number() }),
  inputs: { numbers: file() },
  outputs: { points: table<'x'>() },
  async run({ params, inputs }) {
    const { path } = await inputs.numbers.read();
    const numbers = readFileSync(path, 'utf8').trim().split('\\n').map(Number);
    return { points: tableOf({ x: Float64Array.from(numbers.filter((x) => x <= params.most)) }) };
  },
});

export const fit = stage({
  name: 'line/fit',
  description: "Draws a point's share.",
  params: z.strictObject({ fold: z.int(), rate: z.number() }),
  inputs: { points: table<'x'>() },
  outputs: { slope: json<number>() },
  random: true,
  async run({ params, inputs, rng, metric }) {
    const { rows } = await inputs.points.read();
    const slope = half(rows * params.rate) + params.fold + rng('noise').uniform() / 1000;
    metric('loss', slope / 7, 1);
    return { slope };
  },
});

export const score = stage({
  name: 'line/score',
  params: z.strictObject({}),
  inputs: { slopes: many(json<number>()) },
  outputs: { score: json<{ ams: { value: number; error: number }; folds: number[] }>() },
  async run({ inputs }) {
    const folds = await Promise.all(inputs.slopes.map((slope) => slope.read()));
    const value = folds.reduce((sum, each) => sum + each, 0);
    return { score: { ams: { value, error: 0.25 }, folds } };
  },
});
`;

const INDEX = `
import { externalFile, pipeline } from 'restage';
import { z } from 'zod';
import { fit, load, score } from './stages.ts';

const policy = { executor: 'in-process' } as const;

export default pipeline({
  name: 'line',
  params: z.strictObject({ most: z.number().default(100), rate: z.number().default(0.5), folds: z.int().default(3) }),
  build(p, { most, rate, folds }) {
    const { points } = p.add(load, { params: { most }, inputs: { numbers: externalFile(p.directory + '/numbers.txt') }, ...policy }).out;
    const slopes = Array.from({ length: folds }, (_, fold) =>
      p.add(fit, { key: { fold }, params: { fold, rate }, inputs: { points }, ...policy }).out.slope,
    );
    return { score: p.add(score, { params: {}, inputs: { slopes }, ...policy }).out.score };
  },
});
`;

export function makeLineProject(): InProcessProject {
  const project = makeInProcessProject();
  project.write('index.ts', INDEX).write('stages.ts', STAGES).write('numbers.txt', '1\n2\n3\n4\n');
  project.write('half.ts', 'export const half = (x: number): number => x / 2;\n');
  project.age();
  return project;
}

export function searchIn(cache: Cache, directory: string): SubjectSearch {
  return { find: (reference): Found | undefined => findReference(cache.query, reference), directory };
}

/** The value of the result, as it is on record. */
export function scoreOf(reader: Reader, node = 'score'): { readonly ams: { readonly value: number } } {
  return reader.read(node, 'score') as { readonly ams: { readonly value: number } };
}

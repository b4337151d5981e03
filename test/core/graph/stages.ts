/** The stages that tests of graphs wire up. */
import { z } from 'zod';
import { file } from '../../../src/core/artifact/codecs/file.ts';
import { json } from '../../../src/core/artifact/codecs/json.ts';
import { table } from '../../../src/core/artifact/codecs/table.ts';
import { weights } from '../../../src/core/artifact/codecs/weights.ts';
import type { Graph } from '../../../src/core/graph/graph.ts';
import { instantiate } from '../../../src/core/graph/instantiate.ts';
import { overrideLayers, parseOverride } from '../../../src/core/params/override.ts';
import { type AnyPipeline } from '../../../src/core/authoring/pipeline.ts';
import { many, observation, stage } from '../../../src/core/authoring/stage.ts';

export const read = stage({
  name: 'test/read',
  params: z.strictObject({ rows: z.int().positive().default(10) }),
  inputs: {},
  outputs: { events: table() },
  run: () => ({ events: { rows: 0, columns: {} } }),
});
export const train = stage({
  name: 'test/train',
  params: z.strictObject({ fold: z.int().nonnegative(), rate: z.number().default(0.1) }),
  inputs: { events: table() },
  outputs: { model: weights(), loss: json<number>() },
  random: true,
  run: () => ({ model: {}, loss: 0 }),
});
export const ensemble = stage({
  name: 'test/ensemble',
  params: z.strictObject({}),
  inputs: { models: many(weights()) },
  outputs: { mean: weights() },
  run: () => ({ mean: {} }),
});
export const plot = observation({
  name: 'test/plot',
  params: z.strictObject({}),
  inputs: { mean: weights() },
  outputs: { picture: json<string>() },
  run: () => ({ picture: '' }),
});
export const fromFile = stage({
  name: 'test/from-file',
  params: z.strictObject({}),
  inputs: { data: file() },
  outputs: { events: table() },
  run: () => ({ events: { rows: 0, columns: {} } }),
});

export const build = (p: AnyPipeline, ...overrides: string[]): Graph =>
  instantiate(p, overrideLayers(overrides.map(parseOverride)), { directory: '/p', workingDirectory: '/w' }).graph;

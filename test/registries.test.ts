/**
 * Adding a codec, a backend or an executor touches one place: one of each is registered here, and the ordinary
 * functions find it. `cli/registry.test.ts` does the same with a verb.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Codec, open, registerCodec, run } from 'restage';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compareArtifacts, previewArtifact } from '../src/core/artifact/registry.ts';
import { sha256 } from '../src/core/identity/digest.ts';
import { BackendError, UsageError } from '../src/errors.ts';
import { InProcessExecutor } from '../src/executors/in-process/in-process-executor.ts';
import { registerExecutor } from '../src/executors/registry.ts';
import { resolveCompute } from '../src/identity/compute/backend.ts';
import type { BackendEntry } from '../src/ml/backends/backend-entry.ts';
import { openBackend } from '../src/ml/backends/backends.ts';
import { openTrainer } from '../src/ml/backends/open-trainer.ts';
import { backendNames, registerBackend } from '../src/ml/backends/registry.ts';
import { initialise } from '../src/ml/network/initialise.ts';
import type { PortableBackend } from '../src/ml/portable/backend.ts';
import { scalarMachine } from '../src/ml/portable/machine.ts';
import { makeProjectDirectory } from './helpers/project-directory.ts';
import { sampleData, smallSpec, streams } from './ml/samples.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

const POINT = `{
  kind: 'point',
  encode: ({ x, y }) => [Float64Array.of(x, y)].map(({ buffer }) => new Uint8Array(buffer)),
  decode: (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return { x: view.getFloat64(0, true), y: view.getFloat64(8, true) };
  },
}`;

const point: Codec<'point', Point> = {
  kind: 'point',
  encode: ({ x, y }) => [new Uint8Array(Float64Array.of(x, y).buffer)],
  decode: (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return { x: view.getFloat64(0, true), y: view.getFloat64(8, true) };
  },
  preview: ({ x, y }) => ({ type: 'text', head: [`(${x}, ${y})`], more: false }),
  compare: (first, second) => (first.x === second.x ? [] : [{ where: 'x', what: `${first.x} -> ${second.x}` }]),
};

const PIPELINE = `import { type Codec, json, pipeline, stage } from 'restage';
import { z } from 'zod';
const point = (): Codec<'point', { x: number; y: number }> => (${POINT});
export const make = stage({
  name: 'plane/make', params: z.strictObject({}), inputs: {}, outputs: { at: point() },
  run: () => ({ at: { x: 3, y: 4 } }),
});
export const norm = stage({
  name: 'plane/norm', params: z.strictObject({}), inputs: { at: point() }, outputs: { norm: json<number>() },
  run: async ({ inputs }) => {
    const { x, y } = await inputs.at.read();
    return { norm: Math.sqrt(x * x + y * y) };
  },
});
export default pipeline({
  name: 'plane', params: z.strictObject({}),
  build(p) {
    const { at } = p.add(make, { params: {}, executor: 'in-process' }).out;
    return p.add(norm, { params: {}, inputs: { at }, executor: 'in-process' }).out;
  },
});
`;

describe("a codec of a user's own", () => {
  test('carries values between stages, and is decoded, previewed and compared once it is registered', async () => {
    const project = makeProjectDirectory().write('pipeline.ts', PIPELINE);
    const report = await run({ pipeline: project.path('pipeline.ts'), cacheDirectory: project.cache });
    expect(report).toMatchObject({ outcome: 'ok', results: [{ name: 'norm', value: 5 }] });

    const record = await open({ cacheDirectory: project.cache });
    try {
      expect(record.read('make', 'at')).toBeInstanceOf(Uint8Array);
      onTestFinished(registerCodec(point));
      expect(record.read('make', 'at')).toEqual({ x: 3, y: 4 });
    } finally {
      record.close();
    }
    const [three, four] = [3, 4].map((x) => Buffer.concat(point.encode({ x, y: 4 }, 't')));
    expect(previewArtifact('point', 16, () => three!, 't')).toMatchObject({ head: ['(3, 4)'] });
    expect(compareArtifacts('point', three!, four!, 't')).toEqual([{ where: 'x', what: '3 -> 4' }]);
  });

  test('needs a kind that no other codec has', () => {
    expect(() => registerCodec({ ...point, kind: 'table' })).toThrow(UsageError);
    expect(() => registerCodec({ ...point, kind: 'table' })).toThrow('"table"');
  });
});

const LIBRARY = fileURLToPath(new URL('../package.json', import.meta.url));

const abacus: BackendEntry<'abacus', PortableBackend> = {
  name: 'abacus',
  device: 'cpu',
  find: () => ({ version: '7', versions: 'abacus\n7\n', files: [LIBRARY] }),
  start: () =>
    Promise.resolve({ kind: 'portable', name: 'abacus', version: '7', device: 'cpu', machine: scalarMachine }),
};

describe('a backend of its own', () => {
  test('is found, identified, opened and trained on like the others', async () => {
    await expect(openBackend('abacus')).rejects.toThrow(BackendError);
    onTestFinished(registerBackend(abacus));
    expect(backendNames()).toContain('abacus');
    expect(() => registerBackend(abacus)).toThrow(BackendError);

    const search = {
      projectRoot: '.',
      digestOf: (file: string) => Promise.resolve(sha256(readFileSync(file))),
      probe: () => Promise.reject(new Error('a CPU backend needs no GPU')),
    };
    const digest = sha256('abacus\n7\n', sha256(readFileSync(LIBRARY)));
    expect(await resolveCompute('abacus', 'auto', search)).toEqual({
      backend: { name: 'abacus', version: '7', device: 'cpu', driver: '', digest },
      devices: [],
      sameBitsTogether: false,
    });
    await expect(resolveCompute('abacus', 'gpu', search)).rejects.toThrow(BackendError);
    await expect(openBackend('abacuss')).rejects.toThrow('did you mean "abacus"?');

    const trainer = openTrainer(await openBackend('abacus'), smallSpec, {
      batchSize: 8,
      adam: { beta2: 0.999, epsilon: 1e-3 },
    });
    trainer.load(initialise(smallSpec, streams(1)('init')));
    const data = sampleData(smallSpec, 8, 1);
    const before = await trainer.loss(data);
    for (let i = 0; i < 20; i++)
      trainer.step(
        data,
        Uint32Array.from({ length: 8 }, (_, row) => row),
        { learningRate: 0.01, beta1: 0.9 },
      );
    expect(await trainer.loss(data)).toBeLessThan(before);
    trainer.dispose();
  });
});

describe('an executor of its own', () => {
  test('takes the nodes whose policy names it', async () => {
    const project = makeProjectDirectory().write(
      'pipeline.ts',
      PIPELINE.replace("executor: 'in-process'", "executor: 'counted'"),
    );
    const request = { pipeline: project.path('pipeline.ts'), cacheDirectory: project.cache };
    await expect(run(request)).rejects.toThrow('Node make asks for the executor "counted"');

    const taken: string[] = [];
    const unregister = registerExecutor({
      name: 'counted',
      isolates: false,
      load: () =>
        Promise.resolve(({ cacheDirectory, onEvent }) => {
          const executor = new InProcessExecutor({ cacheDirectory, projectRoot: cacheDirectory, onEvent });
          const submit = executor.submit.bind(executor);
          executor.submit = (task) => {
            taken.push(task.node);
            submit(task);
          };
          return executor;
        }),
    });
    onTestFinished(unregister);
    const report = await run(request);
    expect(report).toMatchObject({ outcome: 'ok', results: [{ name: 'norm', value: 5 }] });
    expect(taken).toEqual(['make']);
  });
});

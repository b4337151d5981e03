import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DeviceProbe } from '../../src/identity/compute/devices.ts';
import type * as Examine from '../../src/doctor/examine.ts';
import type { DoctorReport } from '../../src/doctor/examine.ts';
import type * as WebGpuDevices from '../../src/identity/compute/webgpu-devices.ts';
import type * as TryBackend from '../../src/identity/compute/try-backend.ts';
import { BackendError } from '../../src/errors.ts';
import { findBackend } from '../../src/ml/backends/backends.ts';
import { builtModule } from '../helpers/built.ts';
import { BINDING, installNative, LIBRARY } from '../helpers/native-package.ts';
import { makeProjectDirectory } from '../helpers/project-directory.ts';
import { NO_TENSORFLOW, tensorflowProject } from '../helpers/tensorflow-fixture.ts';

// Backends are tried in processes of their own.
const { examine, isAtLeast } = (await import(builtModule('doctor/examine.ts'))) as typeof Examine;
const { tryBackend } = (await import(builtModule('identity/compute/try-backend.ts'))) as typeof TryBackend;

const { webGpuDevices } = (await import(builtModule('identity/compute/webgpu-devices.ts'))) as typeof WebGpuDevices;

const noGpus: DeviceProbe = () => Promise.resolve({ list: [], absence: 'nvidia-smi is not installed' });
const oneGpu: DeviceProbe = (family) =>
  family === 'webgpu'
    ? noGpus(family, undefined)
    : Promise.resolve({
        list: [{ id: 'gpu:3', name: 'NVIDIA H200', memoryMiB: 143771, driver: '570.86.15' }],
        absence: '',
      });

const look = (root: string | undefined, only: readonly string[], probe = noGpus): Promise<DoctorReport> =>
  examine({ projectRoot: root, cacheDirectory: undefined, seconds: 0, probe, only });

/** Code of a package whose process ends as by Ctrl-C when it is loaded for the first time. */
const ENDED_ONCE = `
  const fs = require('node:fs');
  if (!fs.existsSync(__filename + '.loaded')) {
    fs.writeFileSync(__filename + '.loaded', '');
    process.kill(process.pid, 'SIGINT');
    for (;;);
  }`;

/** Tries a package whose entry does this. */
function tried(index: string, limitSeconds = 60) {
  const { root } = makeProjectDirectory();
  installNative(root, 'tfjs-node', { ...BINDING, ...LIBRARY, 'index.js': index });
  return tryBackend({
    backend: 'tfjs-node',
    seconds: 0,
    limitSeconds,
    projectRoot: root,
    devices: [],
  });
}

describe('a backend that is tried', () => {
  test('is measured on the reference network', async () => {
    const seconds = 0.2;
    const trial = { backend: 'portable', seconds, limitSeconds: 60, projectRoot: undefined, devices: [] };
    const finding = await tryBackend(trial);
    expect(finding).toMatchObject({ type: 'works', device: 'cpu', note: '' });
    expect(finding.type === 'works' && finding.stepsPerSecond! > 0).toBe(true);
  });

  test('may crash, and that is one line', async () => {
    expect(await tried('process.abort()')).toEqual({
      type: 'fails',
      message: expect.stringMatching(
        /^The backend tfjs-node does not start: its process was killed by SIGABRT/,
      ) as string,
    });
  });

  test('may end its process, and its last words are reported', async () => {
    expect(await tried('setTimeout(() => undefined); console.error("no such instruction"); process.exit(3)')).toEqual({
      type: 'fails',
      message: 'The backend tfjs-node does not start: its process ended with code 3 (no such instruction).',
    });
  });

  test('is tried again if Ctrl-C ended its process, which a terminal sends to the whole group', async () => {
    expect(await tried(`${ENDED_ONCE} console.error('a second time'); process.exit(3);`)).toEqual({
      type: 'fails',
      message: 'The backend tfjs-node does not start: its process ended with code 3 (a second time).',
    });
  });

  test('may hang, and is stopped', async () => {
    expect(await tried('for (;;);', 0.5)).toEqual({
      type: 'fails',
      message: 'The backend tfjs-node gave no answer in 0.5 s, and was stopped.',
    });
  });
});

describe("WebGPU's adapters", () => {
  test('are asked for again if Ctrl-C ended the process that lists them', async () => {
    const { root } = makeProjectDirectory();
    const dawn = join(root, 'node_modules/webgpu');
    mkdirSync(join(dawn, `dist/${process.platform}-${process.arch}`), { recursive: true });
    writeFileSync(join(dawn, `dist/${process.platform}-${process.arch}/dawn.node`), '');
    writeFileSync(join(dawn, 'package.json'), JSON.stringify({ name: 'webgpu', version: '0.6.2', main: 'index.js' }));
    writeFileSync(join(dawn, 'index.js'), `${ENDED_ONCE} throw new Error('no driver');`);
    expect(await webGpuDevices(root)).toEqual({ list: [], absence: 'WebGPU does not load: no driver' });
    expect(existsSync(join(dawn, 'index.js.loaded'))).toBe(true);
  });
});

describe('the doctor', () => {
  test('finds nothing wrong if only optional parts are missing', async () => {
    const { root } = makeProjectDirectory();
    const report = await look(root, ['portable', 'tfjs-node', 'tfjs-node-gpu']);
    expect(report.diagnostics).toEqual([]);
    expect(report.backends).toEqual([
      expect.objectContaining({ name: 'portable', status: 'works', stepsPerSecond: null }),
      {
        name: 'tfjs-node',
        status: 'missing',
        reason: `The package @tensorflow/tfjs-node is not installed in ${root}.`,
        command: 'npm install @tensorflow/tfjs-node@4.22.0',
      },
      {
        name: 'tfjs-node-gpu',
        status: 'missing',
        reason: `There is no GPU (nvidia-smi is not installed). The package @tensorflow/tfjs-node-gpu is not installed in ${root}.`,
        command: 'npm install @tensorflow/tfjs-node-gpu@4.22.0',
      },
    ]);
  });

  test('does not call it diagnostic that an optional backend is broken', async () => {
    const { root } = makeProjectDirectory();
    installNative(root, 'tfjs-node', { ...BINDING, ...LIBRARY, 'index.js': 'throw new Error("no")' });
    const report = await look(root, ['tfjs-node']);
    expect(report.backends).toEqual([
      { name: 'tfjs-node', status: 'broken', reason: 'The backend tfjs-node does not start: no.' },
    ]);
    expect(report.diagnostics).toEqual([]);
  });

  test('reports a damaged package, and examines the others', async () => {
    const { root } = makeProjectDirectory();
    const folder = join(root, 'node_modules/@tensorflow/tfjs-node');
    installNative(root, 'tfjs-node', BINDING);
    mkdirSync(join(folder, 'deps/lib'), { recursive: true });
    symlinkSync('libtensorflow.so.2.9', join(folder, 'deps/lib/libtensorflow.so'));
    const dangling = await look(root, ['tfjs-node', 'portable']);
    expect(dangling.backends).toEqual([
      {
        name: 'tfjs-node',
        status: 'broken',
        reason: expect.stringMatching(
          `^The package @tensorflow/tfjs-node in ${folder} is damaged \\(ENOENT: .*libtensorflow.so'\\); remove it and install it again\\.$`,
        ) as string,
      },
      expect.objectContaining({ name: 'portable', status: 'works' }),
    ]);
    for (const manifest of ['{"version": "4.2', '{}', 'null']) {
      writeFileSync(join(folder, 'package.json'), manifest);
      const [found] = (await look(root, ['tfjs-node'])).backends;
      expect(found).toMatchObject({ status: 'broken' });
      expect((found as { reason: string }).reason).toMatch(/^The package \S+ in \S+ is damaged \(package\.json: .*\.$/);
      expect(() => findBackend('tfjs-node', root)).toThrow(BackendError);
    }
  });

  test('starts tfjs-node, and sees that tfjs-node-gpu falls back to the CPU', async ({ skip }) => {
    skip(tensorflowProject === undefined, NO_TENSORFLOW);
    const { backends } = await look(tensorflowProject, ['tfjs-node', 'tfjs-node-gpu'], oneGpu);
    expect(backends).toEqual([
      expect.objectContaining({ status: 'works', version: '4.22.0', device: 'cpu' }),
      expect.objectContaining({
        status: 'broken',
        reason: expect.stringMatching(/^The backend tfjs-node-gpu found no GPU that it can compute on/) as string,
      }),
    ]);
  });

  test.each([
    ['v20.19.0', true],
    ['v20.20.2', true],
    ['v24.0.0', true],
    ['v20.18.9', false],
    ['v18.20.0', false],
  ])('says whether Node %s is at least 20.19', (version, is) => {
    expect(isAtLeast(version, '>=20.19')).toBe(is);
  });
});

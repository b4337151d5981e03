/**
 * The backend tfjs-webgpu on a software adapter: what the doctor says, which device is taken, and what a failed device
 * means.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DoctorReport } from '../../src/doctor/examine.ts';
import { makeProject, type Project } from '../helpers/project.ts';
import type { RunResult } from '../helpers/run-result.ts';
import { NO_ADAPTER, NO_SOFTWARE_ADAPTER, softwareAdapter } from '../helpers/software-adapter.ts';

const ADAPTER = 'SwiftShader Device (Subzero)';
const SECONDS = 1000;

beforeEach(({ skip }) => skip(softwareAdapter === undefined, NO_SOFTWARE_ADAPTER));

const onSoftware = (project: Project, ...more: readonly string[]): Promise<RunResult> =>
  project.run(['--device', 'software', '-j', '2', ...more], { env: softwareAdapter! });

/** The attempts at a node, in order: the class and the message of a failure, and the worker. */
function attempts(project: Project, node: string) {
  return project.query<{ class: string | null; message: string | null; worker: number; compute: string | null }>(
    `SELECT f.class, f.message, a.worker, c.text AS compute FROM attempt a JOIN name n ON n.id = a.node
     LEFT JOIN attempt_end e ON e.attempt = a.id LEFT JOIN attempt_failure f ON f.attempt = a.id
     LEFT JOIN name c ON c.id = e.compute WHERE n.text = '${node}' ORDER BY a.id`,
  );
}

describe('the doctor', () => {
  test('lists an adapter with its limits, and computes on it', { timeout: 240 * SECONDS }, async () => {
    const project = makeProject();
    const { code, stdout } = await project.restage(['doctor', '--quick', '--json'], { env: softwareAdapter! });
    expect(code).toBe(0);
    const { machine, backends } = JSON.parse(stdout) as DoctorReport;
    expect(machine.adapters).toEqual([
      expect.objectContaining({ id: 'software:0', name: ADAPTER, vendor: 'google', isSoftware: true, lack: null }),
    ]);
    expect(machine.adapters[0]!.limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(2 ** 27);
    expect(machine.noAdapters).toBe(
      `WebGPU finds none but ${ADAPTER}, which computes in software, and which --device software takes`,
    );
    expect(backends.find(({ name }) => name === 'tfjs-webgpu')).toEqual({
      name: 'tfjs-webgpu',
      status: 'works',
      version: '4.22.0',
      device: 'software:0',
      stepsPerSecond: null,
      note: 'no GPU: computes in software, and only for --device software',
    });
  });
});

describe('--device gpu', () => {
  test(
    'takes no software adapter for a GPU, and says what each backend lacks',
    { timeout: 120 * SECONDS },
    async () => {
      const project = makeProject('webgpu');
      const { code, stderr } = await project.run(['--device', 'gpu'], { env: softwareAdapter! });
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^restage: No backend computes on a GPU here \(tfjs-node-gpu: there is no GPU \(.*\), and /,
      );
      expect(stderr).toMatch(
        /; tfjs-webgpu: there is no GPU \(WebGPU finds none but SwiftShader Device \(Subzero\), which computes in software, .*\)\); get what is missing, or use --device cpu\.\n$/,
      );
    },
  );

  test('names the missing driver where there is no adapter', { timeout: 120 * SECONDS }, async () => {
    const project = makeProject('webgpu');
    const { code, stderr } = await project.run(['--device', 'gpu'], { env: NO_ADAPTER });
    expect(code).toBe(2);
    expect(stderr).toContain('tfjs-webgpu: there is no GPU (WebGPU finds no adapter: ');
  });

  test(
    'says of a package webgpu that is for browsers alone how to get the right one',
    { timeout: 120 * SECONDS },
    async () => {
      const project = makeProject('webgpu');
      mkdirSync(project.path('node_modules/webgpu'));
      writeFileSync(project.path('node_modules/webgpu/package.json'), '{"name":"webgpu","version":"0.0.1"}');
      const { code, stderr } = await project.run(['--backend', 'tfjs-webgpu'], { env: softwareAdapter! });
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^restage: The package webgpu 0\.0\.1 in \S+ has no Dawn for Node on \S+; get it with: npm install webgpu@0\.6\.2\.\n$/,
      );
    },
  );
});

describe('--device software', () => {
  test(
    'computes in a worker that is told its adapter, and gives the same bytes again',
    { timeout: 240 * SECONDS },
    async () => {
      const project = makeProject('webgpu');
      const first = await onSoftware(project, 'multiply');
      expect(first).toMatchObject({ code: 0, outcomes: { multiply: 'ran' } });
      const value = (name: string): unknown => first.report!.results.find((result) => result.name === name)?.value;
      expect(value('product')).toEqual([12, 34]);
      expect(value('adapter')).toBe(ADAPTER);
      expect(attempts(project, 'multiply')[0]!.compute).toBe(`tfjs-webgpu 4.22.0 on software:0=${ADAPTER}`);
      const digests = project.outputs();
      expect((await onSoftware(project, 'multiply')).outcomes).toMatchObject({ multiply: 'hit' });
      expect((await onSoftware(project, 'multiply', '--force')).outcomes).toMatchObject({ multiply: 'ran' });
      expect(project.outputs()).toEqual(digests);
      const verified = await project.restage(['verify', 'multiply', '--cache', project.cache], {
        env: softwareAdapter!,
      });
      expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('same bytes')]);
    },
  );

  test(
    'tries nodes that went together alone after one of them took all of the memory, and fails that one',
    { timeout: 240 * SECONDS },
    async () => {
      const project = makeProject('webgpu');
      const nodes = [1, 2, 3].map((by) => `share@by=${by}`);
      const { code, outcomes } = await onSoftware(project, ...nodes);
      expect([code, nodes.map((node) => outcomes[node])]).toEqual([1, ['ran', 'failed', 'ran']]);
      expect(nodes.map((node) => attempts(project, node).map((attempt) => attempt.class))).toEqual([
        ['oom', null],
        ['oom', 'oom'],
        ['oom', null],
      ]);
      const first = nodes.map((node) => attempts(project, node)[0]!.worker);
      expect(new Set(first).size).toBe(1);
    },
  );

  test.each([
    ['destroy', 'error', /^The stage destroyed the GPU device that it computes on/],
    ['overstep', 'oom', /^The GPU has too little memory \(Buffer size/],
    ['exhaust', 'oom', /^The GPU has too little memory \(vkAllocateMemory failed/],
    ['misuse', 'error', /^The GPU refused what the stage asked for \(/],
  ])(
    'fails an attempt that ruins the device (%s) with the class %s, and the next one has a new worker',
    { timeout: 240 * SECONDS },
    async (how, kind, message) => {
      const project = makeProject('webgpu');
      const node = `ruin@how=${how}`;
      const { code, outcomes } = await onSoftware(project, node);
      const [first, second] = attempts(project, node);
      expect(first).toMatchObject({ class: kind, message: expect.stringMatching(message) as string });
      expect(second).toMatchObject({ class: null });
      expect(second!.worker).not.toBe(first!.worker);
      expect([code, outcomes[node]]).toEqual([0, 'ran']);
    },
  );
});

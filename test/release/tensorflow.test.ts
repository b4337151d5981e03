import { chmodSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeProject, type Project } from '../helpers/project.ts';
import { NO_TENSORFLOW, tensorflowProject } from '../helpers/tensorflow-fixture.ts';
import { HIGGS, settingWords, TINY_HIGGS } from '../helpers/tiny-higgs.ts';

beforeEach(({ skip }) => skip(tensorflowProject === undefined, NO_TENSORFLOW));

/** A project whose user has installed these. */
function projectWith(...packages: readonly string[]): Project {
  const project = makeProject('network');
  mkdirSync(project.path('node_modules/@tensorflow'));
  for (const name of packages)
    symlinkSync(
      join(tensorflowProject!, 'node_modules/@tensorflow', name),
      project.path(`node_modules/@tensorflow/${name}`),
    );
  return project;
}

/** What an attempt at each node computed on, as recorded. */
function computed(project: Project): Readonly<Record<string, string | null>> {
  const rows = project.query<{ node: string; compute: string | null }>(
    `SELECT n.text AS node, c.text AS compute FROM attempt a JOIN attempt_end e ON e.attempt = a.id
     JOIN name n ON n.id = a.node LEFT JOIN name c ON c.id = e.compute ORDER BY a.id`,
  );
  return Object.fromEntries(rows.map(({ node, compute }) => [node, compute]));
}

describe('tfjs-node, installed in the project', () => {
  test('trains in a worker, is recorded, and gives the same bytes again', async () => {
    const project = projectWith('tfjs-node');
    const first = await project.run(['--backend', 'tfjs-node']);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.report!.results.find(({ name }) => name === 'threads')?.value).toBe('1');
    expect(computed(project)).toMatchObject({ train: 'tfjs-node 4.22.0 on cpu' });
    expect(
      project.query("SELECT text FROM log_line WHERE stream = 'stderr' AND text NOT GLOB '*does not declare*'"),
    ).toEqual([]);
    const digests = project.outputs();
    expect((await project.run(['--backend', 'tfjs-node'])).outcomes).toMatchObject({ train: 'hit' });
    expect((await project.run(['--backend', 'tfjs-node', '--force'])).outcomes).toMatchObject({ train: 'ran' });
    expect(project.outputs()).toEqual(digests);
    expect((await project.run()).outcomes).toMatchObject({ train: 'ran', 'look@on=cpu': 'hit' });
    expect(project.outputs()['train.network']).not.toBe(digests['train.network']);
  });

  test('trains all folds of the reference pipeline as one program, in a worker, with the same bytes again', async () => {
    const project = projectWith('tfjs-node');
    cpSync(HIGGS, project.path('pipelines/higgs'), { recursive: true });
    const together = async (...more: readonly string[]) => {
      const words = ['run', project.path('pipelines/higgs'), 'train-folds', '--cache', project.cache];
      const tiny = settingWords({ ...TINY_HIGGS, 'train.together': true });
      const live = await project.start([...words, '--reporter', 'json', '--backend', 'tfjs-node', ...tiny, ...more]);
      return live.result;
    };
    const first = await together();
    expect(first).toMatchObject({ code: 0, stderr: '', outcomes: { 'train-folds': 'ran' } });
    expect(computed(project)).toMatchObject({ 'train-folds': 'tfjs-node 4.22.0 on cpu' });
    const digests = project.outputs();
    expect((await together('--force')).outcomes).toMatchObject({ 'train-folds': 'ran' });
    expect(project.outputs()).toEqual(digests);
  });

  test('that is not there is refused before anything runs', async () => {
    const project = projectWith();
    const { code, stderr } = await project.run(['--backend', 'tfjs-node']);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `restage: The package @tensorflow/tfjs-node is not installed in ${project.root}; get it with: npm install @tensorflow/tfjs-node@4.22.0.\n`,
    );
  });
});

describe('a run on GPUs', () => {
  /** A machine with three GPUs, by a nvidia-smi of its own. */
  function withGpus(project: Project): Readonly<Record<string, string>> {
    const lines = [
      '0, GPU-aaa, NVIDIA H200, 143771, 550.54.15',
      '1, GPU-bbb, Tesla T4, 15360, 550.54.15',
      '2, GPU-ccc, Tesla T4, 15360, 550.54.15',
    ];
    project.write('bin/nvidia-smi', `#!/bin/sh\nprintf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')}\n`);
    chmodSync(project.path('bin/nvidia-smi'), 0o755);
    return { PATH: `${project.path('bin')}:${process.env['PATH']}`, CUDA_VISIBLE_DEVICES: '2,1' };
  }

  test('gives each worker its device, and says of a backend that fell back to the CPU that it did', async () => {
    const project = projectWith('tfjs-node-gpu');
    const env = withGpus(project);
    const { code, report, outcomes } = await project.run(['--backend', 'tfjs-node-gpu', '-j', '2'], { env });
    expect(code).toBe(1);
    expect(outcomes).toEqual({ train: 'failed', 'look@on=cpu': 'ran', 'look@on=gpu': 'ran' });
    expect(report!.failures).toEqual([
      {
        node: 'train',
        failure: expect.objectContaining({
          class: 'error',
          stack: null,
          message: expect.stringMatching(/^The backend tfjs-node-gpu found no GPU that it can compute on/) as string,
        }) as unknown,
      },
    ]);
    const seen = (name: string): unknown => report!.results.find((result) => result.name === name)?.value;
    expect(seen('onCpu')).toBe('');
    expect(['1', '2']).toContain(seen('onGpu'));
    expect(computed(project)['train']).toMatch(/^tfjs-node-gpu on gpu:[12]$/);
  });

  test('takes the one GPU that was asked for', async () => {
    const project = projectWith('tfjs-node-gpu');
    const { report } = await project.run(['--backend', 'tfjs-node-gpu', '--device', 'gpu:1', 'look@on=gpu'], {
      env: withGpus(project),
    });
    expect(report!.results.find(({ name }) => name === 'onGpu')?.value).toBe('1');
  });

  test('is refused for a GPU that CUDA_VISIBLE_DEVICES hides', async () => {
    const project = projectWith('tfjs-node-gpu');
    const { code, stderr } = await project.run(['--backend', 'tfjs-node-gpu', '--device', 'gpu:0'], {
      env: withGpus(project),
    });
    expect(code).toBe(2);
    expect(stderr).toBe('restage: There is no device gpu:0 here; choose one of gpu:2 (Tesla T4), gpu:1 (Tesla T4).\n');
  });
});

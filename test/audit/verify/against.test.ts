/** A run is written as a baseline, and later runs are held against it, as a CI does. */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { InProcessProject } from '../../helpers/in-process-project.ts';
import type { Baseline } from '../../../src/audit/verify/baseline.ts';
import { study } from '../runs/study.ts';

let project: InProcessProject;
const verify = (...words: readonly string[]) => project.restage(['verify', ...words, '--cache', project.cache]);

beforeAll(async () => {
  project = await study([]);
  expect(await verify('--save', 'baseline.json')).toEqual({
    ...{ code: 0, signal: null, stderr: '' },
    stdout: 'run 1 of study, 4 nodes: baseline.json\n',
  });
});

describe('a baseline', () => {
  test('is the same text for the same run, with small values and without a time of day', async () => {
    await verify('--save', 'again.json');
    const text = readFileSync(project.path('baseline.json'), 'utf8');
    expect(readFileSync(project.path('again.json'), 'utf8')).toBe(text);
    const { pipeline, status, params, nodes } = JSON.parse(text) as Baseline;
    expect({ pipeline, status, params }).toEqual({
      ...{ pipeline: 'study', status: 'ok' },
      params: { folds: 2, 'train.rate': 0.1, 'train.method': 'plain' },
    });
    expect(Object.keys(nodes)).toEqual(['fit@fold=0', 'fit@fold=1', 'load', 'score']);
    expect(nodes['score']!.outputs['score']!.value).toMatchObject({ events: 20, unit: 'none' });
    expect(text).not.toMatch(/"(at|startedAt|run)":/);
  });

  test('holds for another run that came to the same, hits or not', async () => {
    await project.run(['--force']);
    const { code, stdout } = await verify('--against', 'baseline.json');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^run 2 is as baseline.json says: 4 nodes, 4 outputs\nIt took .* in the baseline; times decide/,
    );
  });

  test('does not hold for other parameters: they, what states depend on, and the outputs are told', async () => {
    await project.run(['-S', 'train.rate=0.2']);
    const { code, stdout } = await verify('--against', 'baseline.json');
    expect(code).toBe(4);
    expect(stdout).toContain('run 3 differs from baseline.json\n');
    expect(stdout).toContain('parameters\n  train.rate  0.1 -> 0.2\n');
    expect(stdout).toContain('fit@fold=0\n  depends on: param.rate 0.1 -> 0.2\n  loss: ');
    expect(stdout).toContain('  score, ams.value: ');
  });

  test('holds within a tolerance for numbers alone', async () => {
    const parsed = JSON.parse(readFileSync(project.path('baseline.json'), 'utf8')) as { nodes: Record<string, never> };
    const output = (
      parsed.nodes as unknown as Record<string, { outputs: Record<string, { value: number; digest: string }> }>
    )['load']!.outputs['sum']!;
    Object.assign(output, { value: output.value * (1 + 1e-9), digest: '0'.repeat(64) });
    writeFileSync(project.path('near.json'), JSON.stringify(parsed));
    expect((await verify('1', '--against', 'near.json')).code).toBe(4);
    const near = await verify('1', '--against', 'near.json', '--rtol', '1e-6');
    expect(near.code).toBe(0);
    expect(near.stdout).toMatch(/sum: .* \(within tolerance\)/);
  });

  test('does not hold for a run that failed, or has other nodes', async () => {
    await project.run(['-S', 'train.method=none']);
    const failed = await verify('--against', 'baseline.json', '--json');
    expect(failed.code).toBe(4);
    expect(JSON.parse(failed.stdout)).toMatchObject({
      ...{ kind: 'against', run: 4, holds: false, status: { before: 'ok', after: 'failed' } },
      nodes: [
        { node: 'fit@fold=0', before: 'made', after: 'failed' },
        { node: 'fit@fold=1', before: 'made', after: 'failed' },
        { node: 'score', before: 'made', after: 'skipped', outputs: [] },
      ],
    });
    await project.run(['-S', 'folds=3']);
    const { code, stdout } = await verify('--against', 'baseline.json');
    expect(code).toBe(4);
    expect(stdout).toContain('fit@fold=2: only in the run\n');
  });

  test('refuses what is not a baseline, what is not a run, or a run of another pipeline', async () => {
    const said = async (...words: readonly string[]) => {
      const { code, stderr } = await verify(...words);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await said('--against', 'package.json')).toBe(
      'restage: package.json is not a baseline of this version of restage; write one with verify --save FILE.\n',
    );
    expect(await said('--against', 'gone.json')).toMatch(
      /^restage: gone.json cannot be read: it does not exist; check the path\.$/m,
    );
    expect(await said('score', '--save', 'x.json')).toBe(
      'restage: A baseline is that of a run, and score names a node; name a run, such as run:3.\n',
    );
    expect(await said('--save', 'a', '--against', 'b')).toBe(
      'restage: --save and --against of restage verify exclude each other; give one of them.\n',
    );
    const other = readFileSync(project.path('baseline.json'), 'utf8').replace('"study"', '"other"');
    writeFileSync(project.path('other.json'), other);
    expect(await said('1', '--against', 'other.json')).toBe(
      'restage: Run 1 is one of study, and other.json one of other; name another run.\n',
    );
  });
});

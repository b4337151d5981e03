import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatSpeed } from '../../src/cli/show/machine/doctor.ts';
import type { DoctorReport } from '../../src/doctor/examine.ts';
import { makeInProcessProject } from '../helpers/in-process-project.ts';
import { projectAbove } from '../helpers/project-above.ts';

/** A preloaded file for the processes that measure backends: in them, time passes twenty times as fast. */
const FAST_CLOCK = 'const now = performance.now.bind(performance); performance.now = () => 20 * now();';

describe('restage doctor', () => {
  test('works outside of a project, and makes no cache', async ({ skip }) => {
    const project = makeInProcessProject();
    const above = projectAbove(project.root);
    skip(above !== undefined, above);
    rmSync(project.path('package.json'));
    const { code, stdout, stderr } = await project.restage(['doctor', '--quick', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout) as DoctorReport & { readonly ok: boolean };
    expect(report).toMatchObject({ ok: true, project: { root: null, git: null }, cache: null, diagnostics: [] });
    expect(report.node).toMatchObject({ version: process.version, supported: true });
    expect(report.backends.map(({ name, status }) => [name, status])).toEqual([
      ['portable', 'works'],
      ['tfjs-cpu', 'works'],
      ['tfjs-wasm', 'works'],
      ['tfjs-node', 'missing'],
      ['tfjs-node-gpu', 'missing'],
      // As this machine has a driver for a WebGPU adapter or none.
      ['tfjs-webgpu', expect.stringMatching(/^(?:missing|works)$/)],
    ]);
  });

  test('says in a project what is there and what is missing, and measures', { timeout: 240_000 }, async () => {
    const project = makeInProcessProject('lab').write('fast-clock.cjs', FAST_CLOCK);
    await project.run();
    const { code, stdout } = await project.restage(['doctor', '--cache', project.cache], {
      env: { NODE_OPTIONS: `--require ${project.path('fast-clock.cjs')}` },
    });
    expect(code).toBe(0);
    for (const line of [
      /^ {2}folder {4}.*\/project$/m,
      /^ {2}database .* schema \d+, journal wal, quick check: ok$/m,
      /^ {2}content {3}1 run, 8 states, \d+ artifacts$/m,
      /^ {2}objects {3}\d+ \(.*\); of \d+ looked for, all there; restage fsck reads them all$/m,
      /^ {2}portable {7}\d +cpu +[\d.]+$/m,
      /^ {2}tfjs-node {6}The package @tensorflow\/tfjs-node is not installed in .*\.\n {17}npm install @tensorflow\/tfjs-node@4\.22\.0$/m,
      /^All is well: restage can run here\.$/m,
    ])
      expect(stdout).toMatch(line);
  });

  test.each([
    [0.0345, '0.035'],
    [7, '7.0'],
    [99.49, '99'],
    [99.5, '100'],
    [99.97, '100'],
    [12345.6, '12346'],
  ])('writes a speed of %d without an exponent', (stepsPerSecond, written) => {
    expect(formatSpeed(stepsPerSecond)).toBe(written);
  });

  test('exits with 5 for a cache that cannot be used, and says why', async () => {
    const project = makeInProcessProject();
    mkdirSync(project.path('cache'));
    writeFileSync(join(project.path('cache'), 'state.db'), 'no database\n'.repeat(1000));
    const { code, stdout } = await project.restage(['doctor', '--quick']);
    expect(code).toBe(5);
    expect(stdout).toMatch(/\n1 problem:\n {2}The database .*state\.db is damaged; if there is a backup/);
  });
});

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { DoctorReport } from '../../src/doctor/examine.ts';
import { builtModule } from '../helpers/built.ts';
import { makeProject } from '../helpers/project.ts';

const BACKENDS = builtModule('ml/backends/backends.ts');
const MACHINE = builtModule('ml/portable/machine.ts');

/** What a script that has the registry of backends prints. */
function printed(flags: readonly string[], script: string): string {
  const code = `import { openBackend } from '${BACKENDS}'; import { scalarMachine } from '${MACHINE}'; ${script}`;
  const args = [...flags, '--input-type=module', '--eval', code];
  return execFileSync(process.execPath, args, {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  }).trim();
}

// V8 takes SIMD of WebAssembly for supported from SSE 4.1 on; of Arm processors every one has it.
test('an engine whose WebAssembly has no SIMD takes the scalar kernels for portable, and refuses tfjs-wasm with one sentence', ({
  skip,
}) => {
  skip(process.arch !== 'x64', `V8 has no switch that turns SIMD off on ${process.arch}`);
  const isScalar = "console.log((await openBackend('portable')).machine === scalarMachine)";
  expect(printed([], isScalar)).toBe('false');
  expect(printed(['--no-enable-sse4-1'], isScalar)).toBe('true');
  const refusal = "await openBackend('tfjs-wasm').catch((error) => console.log(error.code, error.message))";
  expect(printed(['--no-enable-sse4-1'], refusal)).toBe(
    'BACKEND The backend tfjs-wasm does not start: WebAssembly has no SIMD on this machine; use portable.',
  );
});

test('a run without SIMD, workers and all, makes the same bytes under the same key', async () => {
  const project = makeProject('network');
  const first = await project.run();
  expect(first.code).toBe(0);
  const [digests, keys] = [project.outputs(), project.stateKeys()];
  // Workers are not given Node's arguments: they are told the same as an engine without SIMD tells.
  project.write('no-simd.cjs', 'WebAssembly.validate = () => false;');
  const env = { NODE_OPTIONS: `--require ${project.path('no-simd.cjs')}` };
  const { stdout } = await project.restage(['doctor', '--quick', '--json'], { env });
  expect((JSON.parse(stdout) as DoctorReport).backends).toContainEqual(
    expect.objectContaining({ name: 'portable', note: expect.stringMatching('has no SIMD') as string }),
  );
  expect((await project.run(['--force'], { env })).outcomes).toMatchObject({ train: 'ran' });
  expect([project.outputs(), project.stateKeys()]).toEqual([digests, keys]);
});

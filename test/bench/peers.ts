/**
 * Other programs that do the same, where this machine has them: ninja, and Python's dask, joblib and PyTorch, as Debian
 * packages them.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ablationParents } from './ablation-project.ts';
import type { Command } from './timing.ts';

const PYTHON = '/usr/bin/python3';

/** A directory in which `ninja` has nothing to do; undefined where there is no ninja. */
export function ninjaNoOp(nodes: number): Command | undefined {
  if (!answers(['ninja', '--version'])) return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'restage-ninja-'));
  const builds = ablationParents(nodes).map(
    (parent, index) => `build n${index}: t${parent === null ? '' : ` n${parent}`}`,
  );
  writeFileSync(join(directory, 'build.ninja'), ['rule t', '  command = touch $out', ...builds, ''].join('\n'));
  const argv = ['ninja', '--quiet'];
  const { status, stdout } = spawnSync(argv[0]!, argv.slice(1), { cwd: directory, encoding: 'utf8' });
  if (status !== 0) throw new Error(`ninja failed: ${stdout}`);
  return { argv, directory };
}

/** dask.delayed runs everything each time and keeps nothing. */
export function dask(nodes: number): Command | undefined {
  return python('dask.delayed', 'dask_ablation.py', [String(nodes)]);
}

/** joblib.Memory keeps results in files of `cache`. */
export function joblib(nodes: number, cache: string): Command | undefined {
  return python('joblib', 'joblib_ablation.py', [String(nodes), cache]);
}

function python(module: string, script: string, args: readonly string[]): Command | undefined {
  const program = pythonWith(module);
  const directory = fileURLToPath(new URL('fixtures', import.meta.url));
  return program === undefined ? undefined : { argv: [program, join(directory, script), ...args], directory };
}

/** The Python that can import this module; undefined where there is none. */
export function pythonWith(module: string): string | undefined {
  return answers([PYTHON, '-c', `import ${module}`]) ? PYTHON : undefined;
}

function answers([program, ...args]: readonly string[]): boolean {
  return spawnSync(program!, args, { stdio: 'ignore' }).status === 0;
}

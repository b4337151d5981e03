/**
 * The shape of an ablation: a trunk of ten trivial stages, then branches of ten. Written to a directory of its own as a
 * restage project, and as the same graph for the peers.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));
const TRUNK = 10;

export interface AblationProject {
  readonly directory: string;
  /** The built command line. */
  readonly restage: readonly string[];
  /** The control: a cache of the same stages in 40 lines. */
  readonly floor: readonly string[];
}

/** For every node, the one that it takes its input from; the root has none. */
export function ablationParents(nodes: number): readonly (number | null)[] {
  return Array.from({ length: nodes }, (_, index) => {
    if (index === 0) return null;
    return index >= TRUNK && index % TRUNK === 0 ? TRUNK - 1 : index - 1;
  });
}

/** @param repository of the restage to measure, built. */
export function makeAblationProject(repository = REPOSITORY): AblationProject {
  const directory = mkdtempSync(join(tmpdir(), 'restage-bench-'));
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(repository, join(directory, 'node_modules', 'restage'));
  for (const name of ['zod', 'better-sqlite3'])
    symlinkSync(join(repository, 'node_modules', name), join(directory, 'node_modules', name));
  writeFileSync(join(directory, 'package.json'), '{ "name": "ablation", "private": true, "type": "module" }\n');
  for (const name of ['index.ts', 'stages.ts', 'settings.ts'])
    copyFileSync(join(FIXTURES, 'ablation', name), join(directory, name));
  // The control is timed as plain JavaScript, as the built command line is.
  const floor = join(directory, 'floor.mjs');
  const source = readFileSync(join(FIXTURES, 'floor.ts'), 'utf8');
  writeFileSync(floor, transformSync(source, { loader: 'ts', target: 'node20' }).code);
  return {
    directory,
    restage: [process.execPath, join(repository, commandOf(repository))],
    floor: [process.execPath, floor],
  };
}

/** The command of this package.json. */
function commandOf(repository: string): string {
  const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    readonly bin: { readonly restage: string };
  };
  return manifest.bin.restage;
}

/** Edits the literal that is a parameter of the last leaf. */
export function editLeaf({ directory }: AblationProject, value: number): void {
  writeFileSync(join(directory, 'settings.ts'), `export const LEAF = ${value};\n`);
}

/** The files that a build read, for keeping the sources and for memoising. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import type { SourceFile } from './bundle-types.ts';
import type { PackageIndex, ReachedPackage } from './packages.ts';
import type { SourceGraph } from './source-graph.ts';

type Output = Metafile['outputs'][string];

/**
 * The files that `module` reaches, including those of restage and of linked packages: all that is needed to bundle it
 * again.
 */
export function sourceFiles(graph: SourceGraph, module: string, inputs: Output['inputs']): readonly SourceFile[] {
  const inText = new Set(
    Object.entries(inputs).flatMap(([key, { bytesInOutput }]) => (bytesInOutput > 0 ? [graph.fileOf(key)] : [])),
  );
  return graph
    .reachedFrom(module)
    .map(({ file, digest }) => ({ path: graph.project.pathOf(file), sha256: digest, inText: inText.has(file) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The packages that remain in an output, by its imports. */
export function reachedPackages(graph: SourceGraph, imports: Output['imports']): readonly ReachedPackage[] {
  return imports.flatMap(({ path }) => {
    const external = graph.external(path);
    if (external === undefined) return [];
    const { kind, directory } = graph.project.ownerOf(external.file);
    // The authoring entry is covered by the schema version in every key.
    return kind === 'restage' ? [] : [{ directory, file: external.file }];
  });
}

/** Absolute paths of every file that a build depends on. */
export function consultedFiles(graph: SourceGraph, packages: PackageIndex): readonly string[] {
  const files = new Set([
    ...graph.modules().map(({ file }) => file),
    ...graph.project.consulted,
    ...packages.consulted,
  ]);
  // npm rewrites this file whenever it installs anything, even without a lock file.
  for (const file of [...files]) {
    const installed = join(dirname(file), 'node_modules', '.package-lock.json');
    if (file.endsWith('package.json') && existsSync(installed)) files.add(installed);
  }
  return [...files].sort();
}

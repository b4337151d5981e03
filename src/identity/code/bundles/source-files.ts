/** The files that a build read, for keeping the sources and for memoising. */
import type { SourceFile } from './bundle-types.ts';
import type { ExternalModule } from '../linking/link-graph.ts';
import type { External } from '../resolution/resolve.ts';
import type { SourceGraph } from '../sources/source-graph.ts';

/**
 * The files that `module` reaches, including those of restage and of linked packages: all that is needed to bundle it
 * again.
 */
export function sourceFiles(graph: SourceGraph, module: string, inText: ReadonlySet<string>): readonly SourceFile[] {
  return graph
    .reachedFrom(module)
    .map(({ file, digest }) => ({ path: graph.project.pathOf(file), sha256: digest, inText: inText.has(file) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The files of packages behind the imports of a text, each once. */
export function importedPackages(graph: SourceGraph, imports: readonly ExternalModule[]): readonly External[] {
  const files = new Map<string, External>();
  for (const { url } of imports) {
    const external = graph.external(url);
    // The authoring entry is covered by the schema version in every key.
    if (external === undefined || graph.project.ownerOf(external.file).kind === 'restage') continue;
    files.set(external.url, external);
  }
  return [...files.values()];
}

/** Absolute paths of the source files that a build depends on. */
export function consultedFiles(graph: SourceGraph): readonly string[] {
  const files = new Set([...graph.files().map(({ file }) => file), ...graph.project.consulted, ...graph.settings()]);
  return [...files].sort();
}

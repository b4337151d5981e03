/**
 * Bundles a pipeline's file and all its imports as one module that Node can import: a definition then needs no loader.
 */
import { build } from 'esbuild';
import { DefinitionError } from '../../errors.ts';
import type { DefinitionBundle } from './bundle-types.ts';
import { realEntry } from './entry-file.ts';
import type { Installed } from './installed.ts';
import { consultedFiles, importedPackages } from './source-files.ts';
import { BUILD_OPTIONS, SourceGraph } from './source-graph.ts';
import { withFileUrls } from './source-map.ts';

export async function bundleEntry(entryFile: string, { addressOf, reachOf }: Installed): Promise<DefinitionBundle> {
  const graph = new SourceGraph(realEntry(entryFile), { annotate: false, addressOf });
  const specifier = JSON.stringify(graph.specifierOf(graph.entryFile));
  // `export *` does not include the default export.
  const entry = `export * from ${specifier}; import * as entry from ${specifier}; export default entry.default;`;
  const result = await build({
    ...BUILD_OPTIONS,
    metafile: true,
    write: false,
    sourcemap: 'external',
    entryPoints: [{ in: 'definition', out: 'definition' }],
    plugins: [graph.plugin(new Map([['definition', entry]]))],
  }).catch((error: unknown) => {
    throw graph.asDefinitionError(error);
  });
  for (const { diagnostics } of graph.modules()) {
    const diagnostic = diagnostics.find(({ kind }) => kind === 'unbundlable');
    if (diagnostic !== undefined) throw new DefinitionError(diagnostic.sentence);
  }
  const { imports } = result.metafile.outputs['out/definition.js']!;
  const imported = importedPackages(graph, imports).map(({ file }) => file);
  const reaches = await Promise.all(imported.map((file) => reachOf(file)));
  const textOf = (name: string): string => result.outputFiles.find(({ path }) => path === `/out/${name}`)!.text;
  return {
    text: textOf('definition.js'),
    map: withFileUrls(textOf('definition.js.map'), (source) => graph.fileOf(source)),
    imports: imported,
    files: consultedFiles(graph),
    witnesses: [...graph.witnesses(), ...reaches.flatMap(({ witnesses }) => witnesses)],
  };
}

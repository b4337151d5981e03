/** A pipeline's file and all its imports as one module that Node can import: a definition then needs no loader. */
import { DefinitionError } from '../../../errors.ts';
import type { DefinitionBundle } from './bundle-types.ts';
import { Bindings } from '../linking/bindings.ts';
import { evaluationOrder } from '../linking/evaluation-order.ts';
import { linkedText } from '../linking/linked-text.ts';
import { linkedSourceMap } from './linked-source-map.ts';
import type { Installed } from './installed.ts';
import { sourcesOf } from '../sources/known-sources.ts';
import { consultedFiles, importedPackages } from './source-files.ts';

export async function bundleEntry(entryFile: string, installed: Installed): Promise<DefinitionBundle> {
  const graph = await sourcesOf(entryFile, installed);
  for (const { diagnostics } of graph.modules()) {
    const diagnostic = diagnostics.find(({ kind }) => kind === 'unbundlable');
    if (diagnostic !== undefined) throw new DefinitionError(diagnostic.sentence);
  }
  const modules = graph.linkGraph();
  const bindings = new Bindings(modules);
  for (const file of modules.keys()) bindings.checkImports(file);
  // What only an import() reaches is evaluated before what imports it: its time is not kept, but that it happens.
  const statics = evaluationOrder(modules, [graph.entryFile]);
  const order = [
    ...evaluationOrder(modules, [...modules.keys()]).filter((file) => !statics.includes(file)),
    ...statics,
  ];
  const exported = new Map(
    bindings.exportNames(graph.entryFile).map((name) => [name, bindings.ofExport(graph.entryFile, name)!]),
  );
  const units = order.flatMap((file) => modules.get(file)!.units);
  const linked = linkedText({ graph: modules, bindings, units, exported, order, trimmed: () => [] });
  const text = linked.pieces.toString();
  const map = linkedSourceMap(linked.pieces, text, graph);
  const imports = importedPackages(graph, linked.externals).map(({ file }) => file);
  const reaches = await Promise.all(imports.map((file) => installed.reachOf(file)));
  return {
    text,
    map,
    imports,
    files: consultedFiles(graph),
    readSince: graph.readSince,
    witnesses: [...graph.witnesses(), ...reaches.flatMap(({ witnesses }) => witnesses)],
  };
}

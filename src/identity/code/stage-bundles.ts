/**
 * One self-contained text for each stage, by two builds over one graph: the first finds the modules and, among them,
 * the stages; the second has a virtual entry for each stage, which esbuild links and tree-shakes separately.
 */
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { sha256 } from '../../core/identity/digest.ts';
import { DefinitionError } from '../../errors.ts';
import type { Link, PackageIdentity, StageBundle, StageBundles } from './bundle-types.ts';
import type { PackageReach } from './packages/package-types.ts';
import { realEntry } from './entry-file.ts';
import { link, linksFor, MODULE_URL, unlink } from './link.ts';
import { type LocatedStage, locateStage } from './locate-stage.ts';
import type { Installed } from './installed.ts';
import { packageIdentities } from './packages/closure.ts';
import { consultedFiles, importedPackages, sourceFiles } from './source-files.ts';
import { BUILD_OPTIONS, SourceGraph } from './source-graph.ts';
import { withFileUrls } from './source-map.ts';

interface Placed extends LocatedStage {
  readonly stage: string;
  /** The name of its virtual entry. */
  readonly entry: string;
}

export async function bundleNamedStages(
  entryFile: string,
  stageNames: readonly string[],
  { addressOf, reachOf }: Installed,
): Promise<StageBundles> {
  const graph = new SourceGraph(realEntry(entryFile), { annotate: true, addressOf });
  await run(graph, new Map([['all', `import ${JSON.stringify(graph.specifierOf(graph.entryFile))};`]]), {});
  const stages = place(graph, stageNames);
  for (const { file } of stages) refuseOffences(graph, file);
  const entries = new Map(
    stages.map(({ entry, file, exportName }) => [
      entry,
      `export { ${JSON.stringify(exportName)} as default } from ${JSON.stringify(graph.specifierOf(file))};`,
    ]),
  );
  const { metafile, texts } = await run(graph, entries, {
    sourcemap: 'external',
    minifyWhitespace: true,
    minifySyntax: true,
  });
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => importedPackages(graph, imports));
  const files = [...new Set(imported.map(({ file }) => file))].sort();
  const reaches = new Map(await Promise.all(files.map(async (file) => [file, await reachOf(file)] as const)));
  const bundles = stages.map((stage): StageBundle => {
    const output = metafile.outputs[`out/${stage.entry}.js`]!;
    const executable = texts.get(`/out/${stage.entry}.js`)!;
    const links = linksOf(graph, stage, output, executable);
    const text = unlink(executable, links);
    if (link(text, links) !== executable) throw new Error(`internal error: the text of ${stage.stage} does not link`);
    return {
      stage: stage.stage,
      module: graph.project.pathOf(stage.file),
      exportName: stage.exportName,
      text,
      digest: sha256('restage/code/v1\0', text),
      executable,
      map: withFileUrls(texts.get(`/out/${stage.entry}.js.map`)!, (source) => graph.fileOf(source)),
      links,
      packages: packagesOf(graph, output, links, reaches),
      files: sourceFiles(graph, stage.file, output.inputs),
    };
  });
  return {
    root: graph.project.root,
    stages: bundles,
    files: consultedFiles(graph),
    witnesses: [...graph.witnesses(), ...[...reaches.values()].flatMap(({ witnesses }) => witnesses)],
  };
}

async function run(
  graph: SourceGraph,
  entries: ReadonlyMap<string, string>,
  options: BuildOptions,
): Promise<{ readonly metafile: Metafile; readonly texts: ReadonlyMap<string, string> }> {
  try {
    const { metafile, outputFiles } = await build({
      ...BUILD_OPTIONS,
      ...options,
      metafile: true,
      write: false,
      treeShaking: true,
      entryPoints: [...entries.keys()].map((name) => ({ in: name, out: name })),
      plugins: [graph.plugin(entries)],
    });
    return { metafile, texts: new Map(outputFiles.map(({ path, text }) => [path, text])) };
  } catch (error) {
    throw graph.asDefinitionError(error);
  }
}

function place(graph: SourceGraph, stageNames: readonly string[]): readonly Placed[] {
  const sightings = graph.modules().flatMap(({ namedCalls }) => namedCalls);
  const entry = graph.project.pathOf(graph.entryFile);
  return stageNames.map((stage, index) => ({ stage, entry: `s${index}`, ...locateStage(stage, sightings, entry) }));
}

/** The rules apply to the modules that stages consist of; other imports of the pipeline's file are unrestricted. */
function refuseOffences(graph: SourceGraph, file: string): void {
  for (const { owner, diagnostics } of graph.reachedFrom(file)) {
    const diagnostic = diagnostics.find(({ kind }) => kind === 'unbundlable' || owner.kind === 'project');
    if (diagnostic !== undefined) throw new DefinitionError(diagnostic.sentence);
  }
}

function packagesOf(
  graph: SourceGraph,
  { imports }: Metafile['outputs'][string],
  links: readonly Link[],
  reaches: ReadonlyMap<string, PackageReach>,
): readonly PackageIdentity[] {
  const specifiers = new Map(links.map(({ url, specifier }) => [url, specifier]));
  const inText = importedPackages(graph, imports).map(({ url, file }) => ({ specifier: specifiers.get(url)!, file }));
  return packageIdentities(inText, [...new Set(inText.map(({ file }) => reaches.get(file)!))]);
}

function linksOf(
  graph: SourceGraph,
  { file }: Placed,
  { imports }: Metafile['outputs'][string],
  executable: string,
): readonly Link[] {
  const externals = imports.flatMap(({ path }) => graph.external(path) ?? []);
  const modules = graph.reachedFrom(file).flatMap((module) => {
    if (module.url === undefined || !executable.includes(JSON.stringify(module.url))) return [];
    return [{ url: module.url, specifier: MODULE_URL + graph.project.labelOf(module.file) }];
  });
  return linksFor([...externals, ...modules].map(({ specifier, url }) => ({ specifier, url })));
}

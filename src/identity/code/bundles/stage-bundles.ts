/** One self-contained text for each stage, linked from one graph of modules. */
import { type Digest, sha256 } from '../../../core/identity/digest.ts';
import { DefinitionError } from '../../../errors.ts';
import type { Link, StageBundle, StageBundles } from './bundle-types.ts';
import { codeDigest } from './code-digest.ts';
import { effectsOver } from '../effects/effects-over.ts';
import type { Installed } from './installed.ts';
import { sourcesOf } from '../sources/known-sources.ts';
import { linksBack, linksFor, unlink } from './link.ts';
import { Bindings } from '../linking/bindings.ts';
import { canonicalOrder } from '../linking/canonical-order.ts';
import type { ExternalModule, LinkGraph } from '../linking/link-graph.ts';
import type { Unit } from '../linking/module-record.ts';
import { linkedText } from '../linking/linked-text.ts';
import { reachOf } from '../linking/reach.ts';
import { UnitGraph } from '../linking/unit-graph.ts';
import { linkedSourceMap } from './linked-source-map.ts';
import { wordsForPeople } from '../linking/words-for-people.ts';
import { type LocatedStage, locateStage } from '../text/locate-stage.ts';
import { namedFiles } from './named-files.ts';
import { packageIdentities } from '../packages/closure.ts';
import type { PackageIdentity, PackageReach } from '../packages/package-types.ts';
import { programDigest } from './program-digest.ts';
import { consultedFiles, importedPackages, sourceFiles } from './source-files.ts';
import type { SourceGraph } from '../sources/source-graph.ts';
import { asFactory } from '../instances/stage-factory.ts';
import { parseModule } from '../text/syntax.ts';

interface LinkWorld {
  readonly graph: SourceGraph;
  readonly modules: LinkGraph;
  readonly units: UnitGraph;
  /** What each imported file of a package can execute. */
  readonly reachOf: (file: string) => Promise<PackageReach>;
  /** By the imports of a text: most stages import the same. */
  readonly packages: Map<string, readonly PackageIdentity[]>;
}

export async function bundleNamedStages(
  entryFile: string,
  stageNames: readonly string[],
  installed: Installed,
): Promise<StageBundles> {
  const graph = await sourcesOf(entryFile, installed);
  const modules = graph.linkGraph();
  const bindings = new Bindings(modules);
  for (const file of modules.keys()) bindings.checkImports(file);
  const sightings = graph.modules().flatMap(({ namedCalls }) => namedCalls);
  const entry = graph.project.pathOf(graph.entryFile);
  const located = stageNames.map((name) => ({ name, ...locateStage(name, sightings, entry) }));
  for (const { file } of located) refuseOffences(graph, file);
  const reaches = new Map<string, Promise<PackageReach>>();
  const reachOfFile = (imported: string): Promise<PackageReach> => {
    const known = reaches.get(imported) ?? installed.reachOf(imported);
    reaches.set(imported, known);
    return known;
  };
  const units = new UnitGraph(bindings, effectsOver(modules, bindings));
  const world = {
    graph,
    modules,
    units,
    reachOf: reachOfFile,
    packages: new Map<string, readonly PackageIdentity[]>(),
  };
  const stages: StageBundle[] = [];
  for (const { name, ...at } of located) stages.push(await bundleStage(world, name, at));
  return {
    root: graph.project.root,
    stages,
    files: consultedFiles(graph),
    readSince: graph.readSince,
    witnesses: [...graph.witnesses(), ...(await Promise.all(reaches.values())).flatMap(({ witnesses }) => witnesses)],
  };
}

async function bundleStage(world: LinkWorld, stage: string, { file, exportName }: LocatedStage): Promise<StageBundle> {
  const { graph, modules } = world;
  const { bindings } = world.units;
  const exported = bindings.ofExport(file, exportName)!;
  const reach = reachOf(modules, world.units, exported, file);
  const root = exported.kind === 'unit' ? exported.unit : undefined;
  const units = canonicalOrder(reach, world.units, root);
  const request = {
    graph: modules,
    bindings,
    units,
    exported: new Map([['default', exported]]),
    order: reach.order,
    ...(isNameSeen(root, units) ? {} : { stage: exported }),
  };
  const { externals: packagesUsed } = linkedText({ ...request, trimmed: () => [] });
  const linked = linkedText({ ...request, trimmed: wordsForPeople(units, world.units, packagesUsed) });
  const executable = linked.pieces.toString();
  const externals = linked.externals.map(({ specifier, url }) => ({ specifier, url }));
  const links = linksFor([...externals, ...(await namedFiles(graph, units, modules))]).filter(
    ({ specifier, url }) => specifier !== url,
  );
  const inText = new Set(units.map((unit) => unit.file));
  const files = sourceFiles(graph, file, inText);
  const map = linkedSourceMap(linked.pieces, executable, graph);
  const { text, factory } = textsOf(stage, { executable, map, links });
  const labelOf = (each: string): string => graph.project.labelOf(each);
  return {
    stage,
    module: graph.project.pathOf(file),
    exportName,
    text,
    digest: codeDigest(text),
    program: programDigest({ stage, exportName, file, modules, labelOf, files, links }),
    executable,
    map,
    factory,
    links,
    packages: await packagesOf(world, linked.externals, links),
    files,
  };
}

type Printed = Pick<StageBundle, 'executable' | 'map' | 'links'>;
type Texts = Pick<StageBundle, 'text' | 'factory'>;

/** The latest of each stage: after an edit, most stages are printed as before. */
const latestTexts = new Map<string, { readonly question: Digest; readonly texts: Texts }>();

/** The canonical text, and the factory. */
function textsOf(stage: string, { executable, map, links }: Printed): Texts {
  const question = sha256(JSON.stringify([executable, map, links]));
  const known = latestTexts.get(stage);
  if (known?.question === question) return known.texts;
  const syntax = parseModule(executable);
  const text = unlink(executable, links, syntax);
  if (!linksBack(executable, syntax, links)) throw new Error(`internal error: the text of ${stage} does not link`);
  const specifiers = new Map(links.map(({ specifier, url }) => [url, specifier]));
  const texts = { text, factory: asFactory({ text: executable, map }, (source) => specifiers.get(source), syntax) };
  latestTexts.set(stage, { question, texts });
  return texts;
}

/** Whether code could tell what the constant is called that holds the stage. A call takes no name from its place. */
function isNameSeen(root: Unit | undefined, units: readonly Unit[]): boolean {
  const call = root?.node.type === 'VariableDeclarator' ? root.node.init : root?.node;
  return call?.type !== 'CallExpression' || units.some(({ uses }) => uses.directEvals.length > 0);
}

async function packagesOf(
  { graph, reachOf: reachOfFile, packages }: LinkWorld,
  externals: readonly ExternalModule[],
  links: readonly Link[],
): Promise<readonly PackageIdentity[]> {
  const specifiers = new Map(links.map(({ url, specifier }) => [url, specifier]));
  const inText = importedPackages(graph, externals).map(({ url, file }) => ({ specifier: specifiers.get(url)!, file }));
  const question = JSON.stringify(inText);
  let identities = packages.get(question);
  if (identities === undefined) {
    const files = [...new Set(inText.map(({ file }) => file))];
    identities = packageIdentities(inText, await Promise.all(files.map(reachOfFile)));
    packages.set(question, identities);
  }
  return identities;
}

/** The rules apply to the modules that stages consist of; other imports of the pipeline's file are unrestricted. */
function refuseOffences(graph: SourceGraph, file: string): void {
  for (const { owner, diagnostics } of graph.reachedFrom(file)) {
    const diagnostic = diagnostics.find(({ kind }) => kind === 'unbundlable' || owner.kind === 'project');
    if (diagnostic !== undefined) throw new DefinitionError(diagnostic.sentence);
  }
}

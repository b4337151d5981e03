/**
 * Code identity: turns a pipeline's file into the texts of its stages, and into a text that Node can import.
 *
 * The public interface of this folder. A run with nothing to execute loads only this file: the first call loads
 * esbuild and acorn. Nothing is memoised here; every result lists the `files` that it depends on, so that
 * the caller can memoise it.
 */
import type { DefinitionBundle, StageBundle, StageBundles } from './bundles/bundle-types.ts';
import type { Installed } from './bundles/installed.ts';
import type { DigestOf, PackageReach } from './packages/package-types.ts';
import type { Relinked, TextOnRecord } from './bundles/relink.ts';
import type { SourceGraph } from './sources/source-graph.ts';
import type { Factory } from './instances/stage-factory.ts';

/**
 * Bundles a pipeline's file and all its imports from the project, so that Node can import it. @throws DefinitionError
 */
export async function bundleDefinition(entryFile: string, installed?: Partial<Installed>): Promise<DefinitionBundle> {
  const { bundleEntry } = await import('./bundles/definition-bundle.ts');
  return bundleEntry(entryFile, await withDefaults(installed));
}

/** One self-contained text for each of these stages, all reachable from `entryFile`. @throws DefinitionError */
export async function bundleStages(
  entryFile: string,
  stageNames: readonly string[],
  installed?: Partial<Installed>,
): Promise<StageBundles> {
  const { bundleNamedStages } = await import('./bundles/stage-bundles.ts');
  return bundleNamedStages(entryFile, stageNames, await withDefaults(installed));
}

/** Everything that an import of a package's file can execute. @throws DefinitionError if a file changes meanwhile */
export async function packageReach(file: string, digestOf: DigestOf): Promise<PackageReach> {
  const { reachOf } = await import('./packages/reach.ts');
  return reachOf(file, digestOf);
}

/** What an executor imports to execute a stage: its executable as a function that makes a fresh instance of it. */
export async function stageFactory({
  executable,
  map,
  links,
}: Pick<StageBundle, 'executable' | 'map' | 'links'>): Promise<Factory> {
  const { asFactory } = await import('./instances/stage-factory.ts');
  const specifiers = new Map(links.map(({ specifier, url }) => [url, specifier]));
  return asFactory({ text: executable, map }, (source) => specifiers.get(source));
}

/** The canonical text of a stage on record, as executable as its packages of today make it. @throws RepeatError */
export async function relinkStage(record: TextOnRecord, installed?: Partial<Installed>): Promise<Relinked> {
  const { relinkText } = await import('./bundles/relink.ts');
  return relinkText(record, await withDefaults(installed));
}

/** A module of a package with everything that it imports, as one text. */
export async function bundlePackage(file: string): Promise<{ readonly text: string; readonly map: string }> {
  const { flatten } = await import('./flat-package.ts');
  return flatten(file);
}

async function withDefaults({ addressOf, reachOf, sources }: Partial<Installed> = {}): Promise<Installed> {
  return {
    addressOf: addressOf ?? (await import('./resolution/resolve.ts')).addressOfFile,
    reachOf: reachOf ?? (await import('./packages/reach.ts')).reachOf,
    sources: sources ?? new Map<string, SourceGraph>(),
  };
}

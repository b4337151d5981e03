/**
 * Code identity: turns a pipeline's file into the texts of its stages, and into a text that Node can import.
 *
 * The public interface of this folder. A run with nothing to execute loads only this file: the first call loads
 * esbuild, acorn and magic-string. Nothing is memoised here; every result lists the `files` that it depends on, so that
 * the caller can memoise it.
 */
import type { DefinitionBundle, StageBundle, StageBundles } from './bundle-types.ts';
import type { AddressOf } from './resolve.ts';
import type { Factory } from './stage-factory.ts';

/**
 * Bundles a pipeline's file and all its imports from the project, so that Node can import it. @throws DefinitionError
 */
export async function bundleDefinition(entryFile: string, addressOf?: AddressOf): Promise<DefinitionBundle> {
  const { bundleEntry } = await import('./definition-bundle.ts');
  return bundleEntry(entryFile, addressOf ?? (await import('./resolve.ts')).addressOfFile);
}

/** One self-contained text for each of these stages, all reachable from `entryFile`. @throws DefinitionError */
export async function bundleStages(
  entryFile: string,
  stageNames: readonly string[],
  addressOf?: AddressOf,
): Promise<StageBundles> {
  const { bundleNamedStages } = await import('./stage-bundles.ts');
  return bundleNamedStages(entryFile, stageNames, addressOf ?? (await import('./resolve.ts')).addressOfFile);
}

/** What an executor imports to execute a stage: its executable as a function that makes a fresh instance of it. */
export async function stageFactory({ executable, map, links }: StageBundle): Promise<Factory> {
  const { asFactory } = await import('./stage-factory.ts');
  const specifiers = new Map(links.map(({ specifier, url }) => [url, specifier]));
  return asFactory({ text: executable, map }, (source) => specifiers.get(source));
}

/** A module of a package with everything that it imports, as one text. */
export async function bundlePackage(file: string): Promise<{ readonly text: string; readonly map: string }> {
  const { flatten } = await import('./flat-package.ts');
  return flatten(file);
}

/**
 * Code identity: from a pipeline's file to the texts that its stages are, and to a text that Node can import.
 *
 * The public face of this folder, and all that a no-op run loads of it: esbuild, acorn and magic-string are loaded by the
 * first call. Nothing is memoised here; every answer lists the `files` that it rests on, so that the caller can.
 */
import type { DefinitionBundle, StageBundles } from './bundle-types.ts';
import type { AddressOf } from './resolve.ts';

/** Bundles a pipeline's file and all it imports of the project, so that Node can import it. @throws DefinitionError */
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

/** A module of a package with everything that it imports, as one text. */
export async function bundlePackage(file: string): Promise<{ readonly text: string; readonly map: string }> {
  const { flatten } = await import('./flat-package.ts');
  return flatten(file);
}

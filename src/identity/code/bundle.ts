/**
 * Code identity: from a pipeline's file to the texts that its stages are, and to a text that Node can import.
 *
 * The public face of this folder, and all that a no-op run loads of it: esbuild, acorn and magic-string are loaded by the
 * first call. Nothing is memoised here; every answer lists the `files` that it rests on, so that the caller can.
 */
import type { DefinitionBundle, StageBundles } from './bundle-types.ts';

/** Bundles a pipeline's file and all it imports of the project, so that Node can import it. @throws DefinitionError */
export async function bundleDefinition(entryFile: string): Promise<DefinitionBundle> {
  const { bundleEntry } = await import('./definition-bundle.ts');
  return bundleEntry(entryFile);
}

/** One self-contained text for each of these stages, all reachable from `entryFile`. @throws DefinitionError */
export async function bundleStages(entryFile: string, stageNames: readonly string[]): Promise<StageBundles> {
  const { bundleNamedStages } = await import('./stage-bundles.ts');
  return bundleNamedStages(entryFile, stageNames);
}

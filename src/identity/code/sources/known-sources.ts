/** Sources that were read and resolved a moment ago: a definition and its stages are bundled from the same ones. */
import { readFileSync } from 'node:fs';
import { sha256 } from '../../../core/identity/digest.ts';
import { realEntry } from '../resolution/entry-file.ts';
import type { AddressOf } from '../resolution/resolve.ts';
import { SourceGraph } from './source-graph.ts';

/**
 * By the real path of the entry. For one definition: it does not say whether imports would still lead to the same
 * files.
 */
export type KnownSources = Map<string, SourceGraph>;

/** What the entry reaches, read again if a file has another content now. @throws DefinitionError */
export async function sourcesOf(
  entryFile: string,
  { addressOf, sources }: { readonly addressOf: AddressOf; readonly sources: KnownSources },
): Promise<SourceGraph> {
  const file = realEntry(entryFile);
  const known = sources.get(file);
  if (known !== undefined && isAsRead(known)) return known;
  const graph = await SourceGraph.load(file, addressOf);
  sources.set(file, graph);
  return graph;
}

function isAsRead(graph: SourceGraph): boolean {
  try {
    return graph.files().every(({ file, digest }) => sha256(readFileSync(file)) === digest);
  } catch {
    // A file that is gone is not as it was.
    return false;
  }
}

/** The pipeline's results as a report shows them. */
import type { Output } from '../core/artifact/artifact.ts';
import type { CanonicalValue } from '../core/identity/canonical.ts';
import type { Cache } from '../store/cache.ts';
import type { Plan } from '../planning/plan/plan.ts';
import type { ResultValue } from './request.ts';

const SHOWN_BYTES = 4096;

/** Those results whose node has outputs. @throws ArtifactCorruptError */
export function resultValues(
  cache: Cache,
  { nodes, results }: Plan,
  outputsOf: (node: number) => readonly Output[],
): readonly ResultValue[] {
  const values: ResultValue[] = [];
  for (const { name, node, output } of results) {
    const artifact = outputsOf(node).find((candidate) => candidate.name === output);
    if (artifact === undefined) continue;
    const { kind, digest, bytes } = artifact;
    const shown = bytes <= SHOWN_BYTES && (kind === 'json' || kind === 'text');
    const value = shown ? { value: valueOf(kind, cache.read(artifact)) } : {};
    values.push({ name, node: nodes[node]!.id, output, kind, digest, bytes, ...value });
  }
  return values;
}

/** Decoded here: the registry would load all codecs, and a run with nothing to execute must be fast. */
function valueOf(kind: 'json' | 'text', bytes: Uint8Array): CanonicalValue {
  const text = Buffer.from(bytes).toString();
  return kind === 'json' ? (JSON.parse(text) as CanonicalValue) : text;
}

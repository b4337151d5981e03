/** What `restage show` says about an artifact: what it is, and which states made it. */
import { short } from '../../../core/identity/digest.ts';
import type { Cache } from '../../../store/cache.ts';
import type { ArtifactRecord } from '../../../store/query/prefixes.ts';
import { formatBytes, plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';
import { contentLines, contentOf } from '../words/content.ts';

export type ArtifactFacts = ReturnType<typeof artifactFacts>;

const MOST_PRODUCERS = 20;

export function artifactFacts(cache: Cache, artifact: ArtifactRecord) {
  const producers = cache.query.lineage.producers(artifact.digest, MOST_PRODUCERS);
  const { digest, bytes, place } = artifact;
  const kind = producers[0]?.kind ?? null;
  const content = contentOf(cache, { ...artifact, kind: kind ?? 'bytes' });
  return { kind: 'artifact' as const, digest, bytes, place, as: kind, content, producers };
}

export function artifactLines(artifact: ArtifactFacts, { width }: Screen): readonly string[] {
  const { digest, bytes, place, as, content, producers } = artifact;
  const where = { inline: 'in the database', object: 'in the object store', external: 'not kept in the cache' }[place];
  return [
    `artifact ${digest}`,
    `  ${as ?? (place === 'external' ? 'an external file' : 'source or bundle of a stage')}, ${formatBytes(bytes)}, ${where}`,
    ...contentLines(content, width - 2).map((line) => `  ${line}`),
    ...(producers.length === 0 ? [] : [`made by ${plural(producers.length, 'state')}`]),
    ...producers.map(({ state, node, slot }) => `  ${short(state)}  ${node}.${slot}`),
  ];
}

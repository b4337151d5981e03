/** The results of a run with their values: numbers, texts and what else is short; of others, what they are. */
import type { CanonicalValue } from '../../../core/identity/canonical.ts';
import { short } from '../../../core/identity/digest.ts';
import type { Cache } from '../../../store/cache.ts';
import { plainLine } from '../../../ui/text/cells.ts';
import { formatBytes } from '../../../ui/text/format.ts';
import { memberWords } from '../../../ui/text/value-words.ts';
import type { Screen } from '../../output/screen.ts';
import { contentOf } from '../words/content.ts';
import { section } from '../words/section.ts';

export type ResultFacts = ReturnType<typeof resultFacts>;

/** In the order in which the pipeline names them; none of a run by a restage that did not record them. */
export function resultFacts(cache: Cache, run: number) {
  return cache.query.runs.resultOutputs(run).map(({ name, node, output, artifact }) => ({
    name,
    node,
    output,
    artifact:
      artifact === null
        ? null
        : { kind: artifact.kind, digest: artifact.digest, bytes: artifact.bytes, content: contentOf(cache, artifact) },
  }));
}

const MOST_MEMBERS = 40;

export function resultLines(results: ResultFacts, screen: Screen): readonly string[] {
  return section('results', results.flatMap(rowsOf), screen);
}

function rowsOf({ name, node, output, artifact }: ResultFacts[number]): readonly (readonly [string, string])[] {
  if (artifact === null) return [[name, `none: ${node} has no state in this run`]];
  const { kind, digest, bytes, content } = artifact;
  switch (content.type) {
    case 'value': {
      const rows = memberWords(content.value as CanonicalValue, name);
      const rest = rows.length - MOST_MEMBERS;
      return rest > 0
        ? [...rows.slice(0, MOST_MEMBERS), [name, `and ${rest} more: restage get ${node}.${output}`]]
        : rows;
    }
    case 'text':
      return [[name, `${plainLine(content.head[0] ?? '')}${content.more || content.head.length > 1 ? ' ...' : ''}`]];
    case 'lost':
      return [[name, `gone: ${content.why}`]];
    case 'arrays':
    case 'opaque':
      return [[name, `${kind}, ${formatBytes(bytes)}, ${short(digest)}`]];
  }
}

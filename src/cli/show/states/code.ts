/** What `restage show` says about a stage's code: where it is from, its sources, and the states that it made. */
import { short } from '../../../core/identity/digest.ts';
import type { Digest } from '../../../core/identity/digest.ts';
import type { Cache } from '../../../store/cache.ts';
import { formatBytes, plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';
import { section } from '../words/section.ts';

export type CodeFacts = ReturnType<typeof codeFacts>;

export function codeFacts({ query }: Cache, digest: Digest) {
  return { kind: 'code' as const, ...query.codes.get(digest)! };
}

export function codeLines(code: CodeFacts, screen: Screen): readonly string[] {
  const { digest, stage, module, exportName, bundle, sources, states } = code;
  return [
    `code ${digest}`,
    `  ${stage}, ${module}#${exportName}`,
    `  bundle ${short(bundle)}; ${plural(states, 'state')} made by it`,
    ...section(
      'sources',
      sources.map((source) => [source.path, short(source.digest), formatBytes(source.bytes)]),
      screen,
    ),
  ];
}

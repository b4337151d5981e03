/** The sources of a stage's code, as they were when it was hashed. */
import { codeSources } from '../../../audit/change/code-sources.ts';
import { didYouMean } from '../../../core/diagnostics/did-you-mean.ts';
import type { Digest } from '../../../core/identity/digest.ts';
import { UsageError } from '../../../errors.ts';
import type { Cache } from '../../../store/cache.ts';
import { type Found, FOUND_WORDS } from '../../../store/reference/found.ts';
import { whole } from '../../../ui/text/wrap.ts';
import type { Screen } from '../../output/screen.ts';

export interface SourceFacts {
  readonly kind: 'sources';
  readonly code: Digest;
  readonly stage: string;
  readonly sources: readonly { readonly path: string; readonly text: string }[];
}

/** The code itself, or that which made a state. @throws UsageError for what has none */
export function codeOf(found: Found): Digest {
  switch (found.kind) {
    case 'code':
      return found.digest;
    case 'node':
    case 'state':
    case 'output':
      if (found.state !== undefined) return found.state.code.digest;
      throw new UsageError(
        `${found.kind === 'node' ? found.node : 'It'} has no state yet, so no code made it; run it first.`,
      );
    case 'run':
    case 'artifact':
    case 'effects':
      throw new UsageError(
        `--source needs the code of a stage, or a state that it made; this is ${FOUND_WORDS[found.kind]}.`,
      );
  }
}

/** @param path one of them; all if undefined. @throws UsageError, ArtifactCorruptError */
export function sourceFacts(cache: Cache, code: Digest, path: string | undefined): SourceFacts {
  const all = [...codeSources(cache, code)].map(([each, text]) => ({ path: each, text }));
  const sources = path === undefined ? all : all.filter((source) => source.path === path);
  if (sources.length === 0) {
    const paths = all.map((source) => source.path);
    throw new UsageError(
      `The code ${code.slice(0, 8)} has no source ${path!}${didYouMean(path!, paths)}; it has ${paths.join(', ')}.`,
    );
  }
  return { kind: 'sources', code, stage: cache.query.codes.origin(code)!.stage, sources };
}

/** Each below its path. */
export function sourceLines({ sources }: SourceFacts, { style }: Screen): readonly string[] {
  return sources.flatMap(({ path, text }, at) => [
    ...(at === 0 ? [] : ['']),
    style.bold(`// ${path}`),
    ...text.replace(/\n$/, '').split('\n').map(whole),
  ]);
}

/** One source to the letter, to be written to a file. */
export function sourceText({ sources }: SourceFacts): string {
  return sources[0]!.text;
}

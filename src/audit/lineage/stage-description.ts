/**
 * What a stage does, in the author's words, as its source on record says. The hashed text has no descriptions, so
 * they are looked for in the source: behind the stage's name, which is a literal.
 */
import type { Digest } from '../../core/identity/digest.ts';
import { RestageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';

const LITERAL = String.raw`'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|` + '`((?:[^`\\\\$]|\\\\.)*)`';

/** Null where it has none, or none that is one literal, or the source is lost. */
export function describedStage(
  cache: Cache,
  stage: string,
  module: string,
  sources: readonly { readonly path: string; readonly digest: Digest }[],
): string | null {
  const source = sources.find(({ path }) => path === module);
  const text = source === undefined ? undefined : textOf(cache, source.digest);
  return text === undefined ? null : descriptionIn(text, stage);
}

/** The description in the definition with the stage's name. */
export function descriptionIn(source: string, stage: string): string | null {
  const name = new RegExp(`\\bname:\\s*(['"\`])${stage.replaceAll(/[^\w]/g, String.raw`\$&`)}\\1`).exec(source);
  if (name === null) return null;
  const [definition = ''] = source
    .slice(name.index + name[0].length)
    .split(/\b(?:stage|observation)\(|\brun\s*[(:]/, 1);
  const found = new RegExp(`\\bdescription:\\s*(?:${LITERAL})\\s*[,}]`).exec(definition);
  const literal = found?.[1] ?? found?.[2] ?? found?.[3];
  return literal === undefined
    ? null
    : literal
        .replaceAll(/\\(['"`\\])/g, '$1')
        .replaceAll(/\s+/g, ' ')
        .trim();
}

function textOf(cache: Cache, digest: Digest): string | undefined {
  try {
    return Buffer.from(cache.read(cache.query.prefixes.artifacts(digest, 1)[0]!)).toString();
  } catch (error) {
    if (error instanceof RestageError) return undefined;
    throw error;
  }
}

/** How the code of a stage differs from other code: which sources made the difference, read from the record. */
import type { Digest } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';
import type { CodeRecord } from '../../store/query/codes.ts';
import { codeWords, wordsThatDiffer } from './code-words.ts';
import { importWay } from './import-way.ts';
import { textDiff, type TextDiff } from './text-diff.ts';

export interface SourceChange {
  /** Relative to the project. */
  readonly path: string;
  /** Digest of the content; null where the code did not have the file. */
  readonly before: Digest | null;
  readonly after: Digest | null;
  /** Null if a content is no longer in the cache. */
  readonly diff: TextDiff | null;
  /** From the stage's module to the file; null where the sources on record show no way. */
  readonly way: readonly string[] | null;
}

export interface CodeChange {
  readonly before: Digest;
  readonly after: Digest;
  readonly stage: string;
  readonly module: string;
  /** The sources whose changes are in the linked text; empty where none of them explains it. */
  readonly sources: readonly SourceChange[];
  /** Between the linked texts, which are what is hashed and executed. Null if one is no longer in the cache. */
  readonly linked: TextDiff | null;
}

/** @throws Error if one of them is not on record */
export function codeChange(cache: Cache, before: Digest, after: Digest): CodeChange {
  const [old, now] = [recordOf(cache, before), recordOf(cache, after)];
  const texts = [old, now].map(({ bundle }) => textOf(cache, bundle)) as [string | undefined, string | undefined];
  const changed = changedSources(cache, old, now);
  const counted = changed.filter((change) => isInText(change, texts));
  const reached = new Map(changed.map(({ path, texts: [was, is] }) => [path, is ?? was]));
  return {
    before,
    after,
    stage: now.stage,
    module: now.module,
    sources: (counted.length === 0 ? changed : counted).map(({ texts: sides, ...change }) => ({
      ...change,
      diff: diffOf(change, sides),
      way: wayTo(cache, change.after === null ? old : now, change.path, reached),
    })),
    linked: texts[0] === undefined || texts[1] === undefined ? null : textDiff(...(texts as [string, string])),
  };
}

/** Whether two codes differ in nothing except the name of their stage, which is in the text. */
export function isSameButForName(cache: Cache, before: Digest, after: Digest): boolean {
  const [old, now] = [recordOf(cache, before), recordOf(cache, after)];
  const [was, is] = [textOf(cache, old.bundle), textOf(cache, now.bundle)];
  if (was === undefined || is === undefined) return false;
  return was.replaceAll(JSON.stringify(old.stage), () => JSON.stringify(now.stage)) === is;
}

/** The sources of the code by path; undefined for one whose content is no longer in the cache. */
export function sourceTexts(cache: Cache, code: CodeRecord): ReadonlyMap<string, string | undefined> {
  return new Map(code.sources.map(({ path, digest }) => [path, textOf(cache, digest)]));
}

type Sides = readonly [before: string | undefined, after: string | undefined];

interface ChangedSource extends Pick<SourceChange, 'path' | 'before' | 'after'> {
  readonly texts: Sides;
}

function changedSources(cache: Cache, old: CodeRecord, now: CodeRecord): readonly ChangedSource[] {
  const digests = [old, now].map(({ sources }) => new Map(sources.map(({ path, digest }) => [path, digest])));
  const paths = [...new Set(digests.flatMap((each) => [...each.keys()]))].sort();
  return paths.flatMap((path) => {
    const [before, after] = digests.map((each) => each.get(path) ?? null) as [Digest | null, Digest | null];
    if (before === after) return [];
    const texts = [before, after].map((digest) => (digest === null ? '' : textOf(cache, digest)));
    return [{ path, before, after, texts: texts as unknown as Sides }];
  });
}

/** A stage reaches more than it uses. What it uses of a source is in its text, word by word. */
function isInText({ texts }: ChangedSource, linked: Sides): boolean {
  if (texts.includes(undefined) || linked.includes(undefined)) return true;
  const differing = ([was, is]: Sides): ReadonlySet<string> => wordsThatDiffer(codeWords(was!), codeWords(is!));
  const inText = differing(linked);
  return [...differing(texts)].some((word) => inText.has(word));
}

function diffOf({ before, after }: Pick<SourceChange, 'before' | 'after'>, [was, is]: Sides): TextDiff | null {
  if ((before !== null && was === undefined) || (after !== null && is === undefined)) return null;
  return textDiff(was ?? '', is ?? '');
}

function wayTo(
  cache: Cache,
  code: CodeRecord,
  path: string,
  known: ReadonlyMap<string, string | undefined>,
): readonly string[] | null {
  const texts = new Map(
    code.sources.map((source) => [source.path, known.get(source.path) ?? textOf(cache, source.digest) ?? '']),
  );
  return importWay(texts, code.module, path) ?? null;
}

function recordOf({ query }: Cache, digest: Digest): CodeRecord {
  const code = query.codes.get(digest);
  if (code === undefined) throw new Error(`internal error: code ${digest} is not on record`);
  return code;
}

function textOf(cache: Cache, digest: Digest): string | undefined {
  const artifact = cache.query.prefixes.artifacts(digest, 1)[0];
  if (artifact === undefined) return undefined;
  if (artifact.inline === null && !cache.objects.has(digest, artifact.bytes)) return undefined;
  return Buffer.from(cache.read(artifact)).toString('utf8');
}

/**
 * A change that made nodes differ, in words: what it is about, its old and its new value, and a source line by line.
 */
import type { Change, ImportWay } from '../../../audit/why/change.ts';
import { type TextDiff, unifiedDiff } from '../../../audit/change/text-diff.ts';
import { wordDiff } from '../../../audit/change/word-diff.ts';
import { short } from '../../../core/identity/digest.ts';
import type { Digest } from '../../../core/identity/digest.ts';
import type { Style } from '../../../ui/text/style.ts';
import { indent } from '../words/section.ts';

/** `param rate  0.5 -> 0.25` */
export function changeTitle(change: Change, style: Style): string {
  switch (change.kind) {
    case 'param':
      return `param ${change.name}  ${values(change, style)}${change.isCut ? '  (the record has only the beginning)' : ''}`;
    case 'source':
      return `code  ${change.path}${change.before === null ? ' is new' : change.after === null ? ' is gone' : ''}`;
    case 'code':
      return `code  of ${change.stage}, which is linked differently from the same sources`;
    case 'package':
      return change.before === change.after
        ? `package ${change.name}  ${change.before}, with other files`
        : `package ${change.name}  ${values(change, style)}`;
    case 'file':
      return fileTitle(change, style);
    case 'wiring':
      return `input ${change.slot}  ${values(change, style)}`;
    case 'order':
      return `input ${change.slot}  comes in another order`;
    case 'env':
      return change.before === change.after
        ? `env ${change.name}  has another value, which is not on record`
        : `env ${change.name}  ${values(change, style)}`;
    case 'reads':
      return `declared file ${change.path}  ${values(change, style)}`;
    case 'seed':
      return `seed  ${values(change, style)}`;
    case 'seedKey':
      return `seedKey  ${values(change, style)}`;
    case 'backend':
      return change.before === change.after
        ? `backend  ${change.before}, with other libraries`
        : `backend  ${values(change, style)}`;
    case 'runtime':
      return `major version of Node  ${values(change, style)}`;
    case 'schema':
      return `schema of restage  ${values(change, style)}`;
    case 'stage':
      return `the stage has another name  ${values(change, style)}`;
    case 'node':
      return `the node has another name  ${values(change, style)}, which names its random numbers`;
    case 'added':
      return 'only in the later one';
    case 'removed':
      return 'only in the earlier one';
    case 'other-bytes':
      return `${change.output} has other bytes for the same key: flaky, or made of an undeclared input`;
    case 'ran-again':
      return RAN_AGAIN[change.because];
    case 'equivalence':
      return equivalenceTitle(change);
    case 'unknown':
      return 'the state differs, and the record does not say how';
  }
}

function equivalenceTitle({ before, after }: Extract<Change, { kind: 'equivalence' }>): string {
  const list = '; "restage accept --list" shows them';
  if (before === null) return `has the state of another key since, which was accepted${list}`;
  if (after === null) return `had the state of another key, which had been accepted; that is over${list}`;
  return `has the state of another key than the one that was accepted before${list}`;
}

const RAN_AGAIN = {
  forced: 'ran again, since it was asked to (--force)',
  lost: 'ran again, since its bytes were missing from the cache',
  unexplained: 'ran again without a reason on record: flaky, or an undeclared input',
} as const;

/** The lines below the title: the way by which a source came in, and what differs in it. */
export function changeLines(
  change: Change,
  ways: readonly ImportWay[],
  { style, most }: { readonly style: Style; readonly most: number },
): readonly string[] {
  if (change.kind === 'code') return diffLines(change.diff, short(change.before), short(change.after), style, most);
  if (change.kind !== 'source') return [];
  const { path, before, after, diff } = change;
  return [
    ...ways.flatMap(({ stage, files }) => wayLine(stage, files)),
    ...diffLines(diff, nameOf(path, before), nameOf(path, after), style, most),
  ];
}

const SHORT = 60;

/** `0.5 -> 0.25`; of longer values the words that differ. */
function values(
  { before, after }: { readonly before: string | null; readonly after: string | null },
  style: Style,
): string {
  const [was, is] = [before ?? '(none)', after ?? '(none)'];
  if (was.length + is.length <= SHORT) return `${style.red(was)} -> ${style.green(is)}`;
  return wordDiff(was, is)
    .map(({ kind, text }) => {
      if (kind === 'removed') return style.red(`[-${text}-]`);
      return kind === 'added' ? style.green(`{+${text}+}`) : text;
    })
    .join('');
}

function fileTitle({ slot, before, after, digests }: Extract<Change, { kind: 'file' }>, style: Style): string {
  const content = [digests.before, digests.after].map((digest) => (digest === null ? '?' : short(digest))).join(' -> ');
  if (before === after) return `file ${before}  content ${content}, as input ${slot}`;
  return `file  ${values({ before, after }, style)}, content ${content}, as input ${slot}`;
}

/** A source that is the stage's own module needs no way. */
function wayLine(stage: string, files: ImportWay['files']): readonly string[] {
  if (files === null) return [`in ${stage} by an import that its sources do not show`];
  return files.length < 2 ? [] : [`in ${stage} by ${files.join(' > ')}`];
}

function nameOf(path: string, digest: Digest | null): string {
  return digest === null ? '/dev/null' : `${path}  ${short(digest)}`;
}

function diffLines(
  diff: TextDiff | null,
  before: string,
  after: string,
  style: Style,
  most: number,
): readonly string[] {
  if (diff === null) return ['its text is no longer in the cache'];
  const lines = unifiedDiff(diff, { before, after }).map((line) => painted(line, style));
  const more = lines.length - most;
  return more <= 0 ? lines : [...lines.slice(0, most), `... ${more} more lines; --verbose shows them`];
}

function painted(line: string, style: Style): string {
  if (line.startsWith('-')) return style.red(line);
  if (line.startsWith('+')) return style.green(line);
  return line.startsWith('@') ? style.dim(line) : line;
}

export function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => indent(indent(line)));
}

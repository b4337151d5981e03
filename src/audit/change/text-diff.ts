/**
 * How two texts differ, line by line: hunks with some equal lines around them, and the unified form that tools read.
 */
import { structuredPatch } from 'diff/lib/patch/create.js';

/** A place at which two texts differ. Line numbers begin at 1. */
export interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  /**
   * Each begins with a space (equal), `-` (only in the old text), `+` (only in the new one) or `\` (no end of line).
   */
  readonly lines: readonly string[];
}

export interface TextDiff {
  readonly hunks: readonly Hunk[];
  /** False where the texts differ in so much that no shortest difference was looked for: all lines are replaced. */
  readonly isShortest: boolean;
}

const CONTEXT = 3;
/** Of lines that differ. The work grows with the square of it. */
const MOST_EDITS = 1000;

/** No hunk for equal texts. @param context how many equal lines to keep around what differs */
export function textDiff(before: string, after: string, context = CONTEXT): TextDiff {
  const options = { context, maxEditLength: MOST_EDITS };
  const patch = structuredPatch('', '', before, after, undefined, undefined, options);
  return patch === undefined
    ? { hunks: [replacement(before, after)], isShortest: false }
    : { hunks: patch.hunks, isShortest: true };
}

/** The lines of a unified diff; none for equal texts. */
export function unifiedDiff(
  { hunks }: TextDiff,
  names: { readonly before: string; readonly after: string },
): readonly string[] {
  if (hunks.length === 0) return [];
  return [
    `--- ${names.before}`,
    `+++ ${names.after}`,
    ...hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
      `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`,
      ...lines,
    ]),
  ];
}

/** A range without lines is named by the line before it. */
function range(start: number, lines: number): string {
  return `${lines === 0 ? start - 1 : start}${lines === 1 ? '' : `,${lines}`}`;
}

function replacement(before: string, after: string): Hunk {
  const [old, now] = [linesOf(before), linesOf(after)];
  return {
    oldStart: 1,
    oldLines: old.length,
    newStart: 1,
    newLines: now.length,
    lines: [...old.map((line) => `-${line}`), ...now.map((line) => `+${line}`)],
  };
}

function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

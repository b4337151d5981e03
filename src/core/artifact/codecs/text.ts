/** The codec of text, as UTF-8. */
import { isUtf8 } from 'node:buffer';
import { DataError, DecodeError } from '../../../errors.ts';
import type { Codec, Difference } from '../codec.ts';
import { describeGiven, loneSurrogate } from '../given.ts';

const PREVIEW_BYTES = 1 << 20;
const PREVIEW_LINES = 12;
const LONGEST_LINE = 60;

/** UTF-8 text: a submission, a picture as SVG. */
export function text(): Codec<'text', string> {
  return {
    kind: 'text',
    encode: (value, where) => [Buffer.from(soundText(value, where))],
    decode: (bytes, where) => {
      if (!isUtf8(bytes)) throw new DecodeError(`${where} is not text (UTF-8).`);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
    },
    preview: (value) => {
      const lines = value.split('\n', PREVIEW_LINES + 1);
      return { type: 'text', head: lines.slice(0, PREVIEW_LINES), more: lines.length > PREVIEW_LINES };
    },
    previewBytes: PREVIEW_BYTES,
    compare,
  };
}

/**
 * @throws DataError for what is not a string, or what UTF-8 cannot hold: it would become another text without a word
 */
function soundText(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new DataError(`${where} is ${describeGiven(value)}; give a string.`);
  const at = loneSurrogate(value);
  if (at < 0) return value;
  const before = value.slice(0, at).split('\n');
  const unit = value.charCodeAt(at).toString(16);
  throw new DataError(
    `${where} has half a surrogate pair (\\u${unit}) at index ${at}, which is line ${before.length}, column ${before.at(-1)!.length + 1}; UTF-8 cannot hold it, so remove it or use toWellFormed().`,
  );
}

/** The first line that differs, and the number of lines where that differs. */
function compare(first: string, second: string): readonly Difference[] {
  if (first === second) return [];
  const [a, b] = [first.split('\n'), second.split('\n')];
  const line = a.findIndex((text, i) => text !== b[i]);
  const differs: readonly Difference[] =
    line < 0 || line >= b.length
      ? []
      : [{ where: `line ${line + 1}`, what: `${quote(a[line]!)} -> ${quote(b[line]!)}` }];
  return a.length === b.length ? differs : [{ where: '', what: `${a.length} -> ${b.length} lines` }, ...differs];
}

function quote(line: string): string {
  return JSON.stringify(line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE)}...`);
}

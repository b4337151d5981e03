/** The codec of text, as UTF-8. */
import type { Codec, Difference } from '../codec.ts';

const PREVIEW_BYTES = 1 << 20;
const PREVIEW_LINES = 12;
const LONGEST_LINE = 60;

/** UTF-8 text: a submission, a picture as SVG. */
export function text(): Codec<'text', string> {
  return {
    kind: 'text',
    encode: (value) => [Buffer.from(value)],
    decode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
    preview: (value) => {
      const lines = value.split('\n', PREVIEW_LINES + 1);
      return { type: 'text', head: lines.slice(0, PREVIEW_LINES), more: lines.length > PREVIEW_LINES };
    },
    previewBytes: PREVIEW_BYTES,
    compare,
  };
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

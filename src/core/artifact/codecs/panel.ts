/** The codec of panels: what a stage adds to reports of its run. */
import { DataError, DecodeError } from '../../../errors.ts';
import { canonicalData, jsonText } from '../../identity/canonical.ts';
import type { Codec } from '../codec.ts';
import { type Panel, panelFlaw } from '../panel.ts';

const PREVIEW_BYTES = 1 << 20;

/** A chart or a table for `restage report`, as data. */
export function panel(): Codec<'panel', Panel> {
  return {
    kind: 'panel',
    encode: (value, where) => {
      const flaw = panelFlaw(value);
      if (flaw !== undefined) throw new DataError(`${where} ${flaw}.`);
      return [Buffer.from(jsonText(canonicalData(value, where)))];
    },
    decode: (bytes, where) => {
      const value = parsed(bytes, where);
      const flaw = panelFlaw(value);
      if (flaw !== undefined) throw new DecodeError(`${where} is not a panel: it ${flaw}.`);
      return value as Panel;
    },
    preview: ({ title, ...rest }) => ({
      type: 'text',
      head: [`${title} (${'rows' in rest ? `a table of ${rest.rows.length} rows` : 'a chart'}, for restage report)`],
      more: false,
    }),
    previewBytes: PREVIEW_BYTES,
  };
}

function parsed(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch (cause) {
    throw new DecodeError(`${where} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}

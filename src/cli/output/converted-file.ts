/** A stored table, or stored weights, in a format that other programs read. */
export type FileFormat = 'csv' | 'parquet' | 'safetensors' | 'npz';

/** @throws DecodeError for bytes that are not a table, or not weights */
export async function convertedTo(bytes: Uint8Array, name: string, format: FileFormat): Promise<Uint8Array> {
  const io = await import('../../io/index.ts');
  switch (format) {
    case 'csv':
    case 'parquet': {
      const { table } = await import('../../core/artifact/codecs/table.ts');
      const decoded = table().decode(bytes, name);
      const chunks: Uint8Array[] = [];
      for await (const chunk of format === 'csv' ? io.writeCsv(decoded) : io.writeParquet(decoded)) chunks.push(chunk);
      return Buffer.concat(chunks);
    }
    case 'safetensors':
    case 'npz': {
      const { weights } = await import('../../core/artifact/codecs/weights.ts');
      const decoded = weights().decode(bytes, name);
      return format === 'npz' ? io.writeNpz(decoded) : io.writeSafetensors(decoded);
    }
  }
}

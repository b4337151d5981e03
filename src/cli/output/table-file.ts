/** A stored table in a format that other programs read. */
export type TableFormat = 'csv' | 'parquet';

/** @throws DecodeError for bytes that are not a table */
export async function tableAs(bytes: Uint8Array, name: string, format: TableFormat): Promise<Uint8Array> {
  const { writeCsv, writeParquet } = await import('../../io/index.ts');
  const { table } = await import('../../core/artifact/codecs/table.ts');
  const decoded = table().decode(bytes, name);
  const chunks: Uint8Array[] = [];
  for await (const chunk of format === 'csv' ? writeCsv(decoded) : writeParquet(decoded)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

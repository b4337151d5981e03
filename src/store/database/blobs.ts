/** Digests as the database has them: BLOBs of 32 bytes. */

export function blobOf(digest: string): Buffer {
  return Buffer.from(digest, 'hex');
}

/** The least and the greatest digest that start with these hex digits. */
export function boundsOf(prefix: string): readonly [least: Buffer, greatest: Buffer] {
  return [blobOf(prefix.padEnd(64, '0')), blobOf(prefix.padEnd(64, 'f'))];
}

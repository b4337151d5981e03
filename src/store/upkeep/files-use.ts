/** How many files of a kind there are, and what they take. */

export interface FilesUse {
  readonly files: number;
  /** The sum of their lengths. */
  readonly bytes: number;
}

export function filesUse(lengths: Iterable<number>): FilesUse {
  let [files, bytes] = [0, 0];
  for (const length of lengths) {
    files++;
    bytes += length;
  }
  return { files, bytes };
}

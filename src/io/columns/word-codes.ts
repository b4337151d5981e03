/** The number that a word stands for, by one rule for every format of file. */

/** Gives the code of a word as it is, or else without the spaces around it; NaN for a word that has none. */
export type WordCoder = (word: string) => number;

/** @throws RangeError for a code that uint8 does not hold */
export function wordCoder(codes: Readonly<Record<string, number>>): WordCoder {
  const known = new Map(Object.entries(codes));
  for (const [word, code] of known)
    if (!Number.isInteger(code) || code < 0 || code > 255)
      throw new RangeError(`The code of "${word}" is ${code}; codes are integers from 0 to 255.`);
  return (word) => known.get(word) ?? known.get(word.trim()) ?? Number.NaN;
}

/** The words of a column; a column may be called toString, as a function is that every object has. */
export function wordsOf(
  words: Readonly<Partial<Record<string, readonly string[]>>> | undefined,
  name: string,
): readonly string[] | undefined {
  return words !== undefined && Object.hasOwn(words, name) ? words[name] : undefined;
}

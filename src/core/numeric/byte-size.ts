/** Sizes as people write them: `20G`, `500 MiB`, `1.5TB`. */

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  ...Object.fromEntries(
    ['k', 'm', 'g', 't'].flatMap((letter, index) => [
      [letter, 1024 ** (index + 1)],
      [`${letter}ib`, 1024 ** (index + 1)],
      [`${letter}b`, 1000 ** (index + 1)],
    ]),
  ),
};

/** In bytes; undefined for what is not a size. `K` and `KiB` are 1024 bytes, `KB` is 1000. */
export function parseByteSize(text: string): number | undefined {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = unit === undefined ? undefined : FACTORS[unit.toLowerCase()];
  const bytes = factor === undefined ? Number.NaN : Math.round(Number(count) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

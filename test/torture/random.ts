/** Random choices that a seed repeats. */

/** Numbers from 0 up to and not including 1 (Lehmer's generator, modulus 2^31 - 1). */
export function randomNumbers(seed: number): () => number {
  let state = (Math.abs(Math.trunc(seed)) % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
}

export function randomOrder<T>(items: readonly T[], seed: number): readonly T[] {
  const next = randomNumbers(seed);
  return items
    .map((item) => ({ item, at: next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Which bytes go first, against a search that tries every state at every turn. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, chooseEvictions, type Lineage } from '../../../src/store/upkeep/gc/choose-evictions.ts';

/** A state by its place: what it weighs, what it took, of which earlier ones it was made, and whether it may go. */
interface Given {
  readonly bytes: number;
  readonly seconds: number;
  readonly above: readonly number[];
  readonly isThere: boolean;
  readonly isKept: boolean;
}

/** Each state has one artifact, of its own number. */
function world(given: readonly Given[]): { readonly candidates: readonly Candidate[]; readonly lineage: Lineage } {
  return {
    candidates: given.flatMap(({ bytes, isThere, isKept }, state) =>
      isThere && !isKept ? [{ state, bytes, artifacts: [state] }] : [],
    ),
    lineage: {
      inputs: (state) => given[state]!.above.map((producer) => ({ producer, artifact: producer })),
      seconds: (state) => given[state]!.seconds,
      isGone: (artifact) => !given[artifact]!.isThere,
    },
  };
}

function secondsToMake(given: readonly Given[], gone: ReadonlySet<number>, state: number): number {
  const needed = new Set<number>();
  const visit = (each: number): void => {
    if (needed.has(each)) return;
    needed.add(each);
    for (const producer of given[each]!.above) if (gone.has(producer)) visit(producer);
  };
  visit(state);
  return [...needed].reduce((sum, each) => sum + given[each]!.seconds, 0);
}

const states = fc
  .array(
    fc.record({
      bytes: fc.integer({ min: 1, max: 40 }),
      seconds: fc.integer({ min: 0, max: 30 }),
      above: fc.array(fc.nat(30), { maxLength: 4 }),
      isThere: fc.boolean(),
      isKept: fc.boolean(),
    }),
    { maxLength: 24 },
  )
  .map((all) =>
    all.map((each, at) => ({ ...each, above: at === 0 ? [] : [...new Set(each.above.map((up) => up % at))] })),
  );

describe('of random lineages', () => {
  test('no kept state goes, enough goes where it can, and each is the cheapest of its turn', () => {
    fc.assert(
      fc.property(states, fc.integer({ min: 0, max: 600 }), (given, wanted) => {
        const { candidates, lineage } = world(given);
        const chosen = chooseEvictions(candidates, lineage, wanted);
        const freed = chosen.reduce((sum, { bytes }) => sum + bytes, 0);
        const possible = candidates.reduce((sum, { bytes }) => sum + bytes, 0);
        expect(freed).toBeGreaterThanOrEqual(Math.min(wanted, possible));
        // Without the last one it was not enough.
        if (chosen.length > 0) expect(freed - chosen.at(-1)!.bytes).toBeLessThan(wanted);
        const gone = new Set(given.flatMap(({ isThere }, state) => (isThere ? [] : [state])));
        const left = new Set(candidates.map(({ state }) => state));
        for (const { state, seconds, bytes } of chosen) {
          expect(left.has(state)).toBe(true);
          expect(seconds).toBe(secondsToMake(given, gone, state));
          for (const other of left)
            expect(seconds / bytes).toBeLessThanOrEqual(secondsToMake(given, gone, other) / given[other]!.bytes);
          left.delete(state);
          gone.add(state);
        }
      }),
    );
  });

  test('the order of the candidates makes no difference', () => {
    fc.assert(
      fc.property(states, (given) => {
        const { candidates, lineage } = world(given);
        const once = chooseEvictions(candidates, lineage, Number.POSITIVE_INFINITY);
        expect(chooseEvictions([...candidates].reverse(), lineage, Number.POSITIVE_INFINITY)).toEqual(once);
      }),
    );
  });
});

test('a state that was made of one that is gone costs what that one takes too', () => {
  const { candidates, lineage } = world([
    { bytes: 100, seconds: 10, above: [], isThere: true, isKept: false },
    { bytes: 100, seconds: 11, above: [0], isThere: true, isKept: false },
    { bytes: 100, seconds: 15, above: [], isThere: true, isKept: false },
  ]);
  expect(chooseEvictions(candidates, lineage, 300).map(({ state, seconds }) => [state, seconds])).toEqual([
    [0, 10],
    [2, 15],
    [1, 21],
  ]);
});

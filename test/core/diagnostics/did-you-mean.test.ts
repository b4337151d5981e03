import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { didYouMean } from '../../../src/core/diagnostics/did-you-mean.ts';

const LETTERS = ['a', 'b', 'c', 'd', 'e'] as const;
const OTHERS = ['v', 'w', 'x', 'y'] as const;

describe('a word that is close to a known one', () => {
  test.each([
    ['averge', 'average'],
    ['slrum', 'slurm'],
    ['fti', 'fit'],
    ['Log', 'log'],
    ['lg', 'log'],
    ['least-square', 'least-squares'],
    ['ensmeble-predcit', 'ensemble-predict'],
  ])('%s may be %s', (word, known) => {
    expect(didYouMean(word, ['something', known, 'else'])).toBe(` (did you mean "${known}"?)`);
  });

  test('the closest is named, and of several the first', () => {
    expect(didYouMean('rate', ['gate', 'rates', 'rat'])).toBe(' (did you mean "gate"?)');
    expect(didYouMean('scale', ['scales-up', 'scalar', 'scaled'])).toBe(' (did you mean "scaled"?)');
  });
});

describe('a word that is like none', () => {
  test.each([
    ['qq', 'p'],
    ['zz', 'n'],
    ['x', 'y'],
    ['tcsh', 'bash'],
    ['abc', 'xyz'],
  ])('%s is not %s', (word, known) => {
    expect(didYouMean(word, [known])).toBe('');
  });

  test('shares no letter with what is suggested', () => {
    const [ours, theirs] = [LETTERS, OTHERS].map((letters) =>
      fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 20 }),
    ) as [fc.Arbitrary<string>, fc.Arbitrary<string>];
    fc.assert(fc.property(ours, fc.array(theirs), (word, known) => didYouMean(word, known) === ''));
  });

  test('is met by a known word with one letter more, less, changed or swapped, from two letters on', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 3, maxLength: 20 }),
        fc.nat(),
        (known, at) => {
          const i = at % (known.length - 1);
          const swapped = known.slice(0, i) + known[i + 1]! + known[i]! + known.slice(i + 2);
          const typed = [`${known}z`, known.slice(1), `z${known.slice(1)}`, swapped];
          return typed.every((word) => didYouMean(word, [known]) === ` (did you mean "${known}"?)`);
        },
      ),
    );
  });
});

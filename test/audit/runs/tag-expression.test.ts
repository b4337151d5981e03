import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasTags, parseTagExpression, tagsIn } from '../../../src/audit/runs/tag-expression.ts';

const has = (expression: string, ...tags: readonly string[]): boolean => hasTags(parseTagExpression(expression), tags);

describe('tag expressions', () => {
  test('are a tag, or parts of one with * and ?', () => {
    expect(has('lr-low', 'lr-low')).toBe(true);
    expect(has('lr-low', 'lr-lower')).toBe(false);
    expect(has('lr-*', 'best', 'lr-low')).toBe(true);
    expect(has('v1.?', 'v1.0')).toBe(true);
    expect(has('v1.?', 'v1x0')).toBe(false);
    expect(has('*')).toBe(false);
  });

  test('bind ! before & before |, and parentheses bind before all', () => {
    expect(has('a | b & c', 'a')).toBe(true);
    expect(has('(a | b) & c', 'a')).toBe(false);
    expect(has('!a & b', 'b')).toBe(true);
    expect(has('!(a & b)', 'a')).toBe(true);
    expect(has('!a', 'a', 'b')).toBe(false);
    expect(has('a&&!b||c', 'c', 'b')).toBe(true);
  });

  test.each([
    ['', 'ends where a tag should be'],
    ['a &', 'ends where a tag should be'],
    ['a b', 'has b where & or | should be'],
    ['(a', 'ends where a closing parenthesis should be'],
    ['a)', 'has ) where & or | should be'],
    ['| a', 'has | where a tag should be'],
  ])('such as %j are refused with the place', (text, reason) => {
    expect(() => parseTagExpression(text)).toThrow(reason);
  });

  test('name their tags, without those that stand for several', () => {
    expect(tagsIn(parseTagExpression('!a & (b | lr-*)'))).toEqual(['a', 'b']);
  });

  test('mean what logic says, however they are written', () => {
    type Meaning = readonly [text: string, holds: (tags: readonly string[]) => boolean];
    const { meaning } = fc.letrec<{ meaning: Meaning }>((tie) => ({
      meaning: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('a', 'b', 'c').map((tag): Meaning => [tag, (tags) => tags.includes(tag)]),
        tie('meaning').map(([text, holds]): Meaning => [`!(${text})`, (tags) => !holds(tags)]),
        fc
          .tuple(tie('meaning'), tie('meaning'))
          .map(([[x, isX], [y, isY]]): Meaning => [`(${x}) & (${y})`, (tags) => isX(tags) && isY(tags)]),
        fc
          .tuple(tie('meaning'), tie('meaning'))
          .map(([[x, isX], [y, isY]]): Meaning => [`(${x} | ${y})`, (tags) => isX(tags) || isY(tags)]),
      ),
    }));
    fc.assert(
      fc.property(meaning, fc.subarray(['a', 'b', 'c']), ([text, holds], tags) => {
        expect(has(text, ...tags)).toBe(holds(tags));
      }),
    );
  });
});

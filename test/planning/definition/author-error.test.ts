import { expect, test } from 'vitest';
import { DefinitionError, UsageError } from '../../../src/errors.ts';
import { byAuthor } from '../../../src/planning/definition/author-error.ts';

const PROJECT = { root: '/p', entry: '/p/index.ts', source: 'index.ts' };
const hidden = (): never => {
  throw new RangeError('not for you');
};
const circle = new Error('disk full');
circle.cause = circle;

function sentenceFor(thrown: unknown): string {
  try {
    byAuthor(PROJECT, () => {
      throw thrown as Error;
    });
  } catch (error) {
    expect(error).toBeInstanceOf(DefinitionError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

test.each([
  ['null', null, 'null'],
  ['a symbol', Symbol('x'), 'Symbol(x)'],
  ['an error of many lines', new TypeError('one\ntwo'), 'TypeError: one'],
  ['an error that is its own cause', circle, 'Error: disk full'],
  [
    "a stranger's error with a code and an exit code",
    Object.assign(new Error('m'), { code: 'X', exitCode: 3 }),
    'Error: m',
  ],
  ['an error that hides its stack', Object.defineProperty(new Error('x'), 'stack', { get: hidden }), 'Error: x'],
  ['a proxy', new Proxy({}, { get: hidden, getPrototypeOf: hidden, has: hidden }), '{}'],
  ['an object without a prototype', Object.create(null), '[Object: null prototype] {}'],
])('%s that the code of a pipeline throws becomes one sentence', (_, thrown, what) => {
  expect(sentenceFor(thrown)).toMatch(
    new RegExp(
      `^The pipeline index\\.ts cannot be built, since its own code throws ${escaped(what)}(?: \\(.*:\\d+\\))?\\.$`,
    ),
  );
});

test('a very long message is cut', () => {
  expect(sentenceFor(new Error('m'.repeat(1e7))).length).toBeLessThan(5000);
});

test('an error of restage itself stays what it is, also of another copy of its class', () => {
  const own = new UsageError('Not so.');
  const copy = Object.assign(new Error('Row 3 is odd.'), { [Symbol.for('restage.error')]: true });
  for (const error of [own, copy])
    expect(() =>
      byAuthor(PROJECT, () => {
        throw error;
      }),
    ).toThrow(error);
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

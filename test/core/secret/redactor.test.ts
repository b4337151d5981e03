/** No secret passes, whatever its spelling and however its text is cut. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSecretMark, mayHaveMark, sourcesIn, withoutMarks } from '../../../src/core/secret/mark.ts';
import { HIDDEN, Redactor } from '../../../src/core/secret/redactor.ts';
import { SecretValue } from '../../../src/core/secret/secret-value.ts';
import { SHORTEST_SECRET, spellingsOf } from '../../../src/core/secret/spellings.ts';
import { inspect } from 'node:util';

const SECRET = 'tök/en+7 "quoted"\n\t\'end\' &<x>?=~';

function streamed(redactor: Redactor, chunks: readonly string[]): string {
  return chunks.map((chunk) => redactor.write(chunk)).join('') + redactor.flush();
}

const bytes = Buffer.from(SECRET);
const WRITTEN: readonly (readonly [how: string, text: string])[] = [
  ['plainly', SECRET],
  ['as JSON', JSON.stringify({ token: SECRET })],
  ['as JSON in JSON', JSON.stringify(JSON.stringify(SECRET))],
  ['inspected', inspect({ token: SECRET })],
  ['in a URL', `https://host/?token=${encodeURIComponent(SECRET)}&x=1`],
  ['as a form', new URLSearchParams({ token: SECRET }).toString()],
  ['in hexadecimal', bytes.toString('hex')],
  ['in upper-case hexadecimal', bytes.toString('hex').toUpperCase()],
  ['as inspected bytes', inspect(bytes)],
  ['as a list of bytes', JSON.stringify(bytes)],
  ...[0, 1, 2].map(
    (shift) =>
      [
        `as base64 after ${shift} bytes`,
        Buffer.concat([Buffer.alloc(shift, 'u'), bytes, Buffer.from('more')]).toString('base64'),
      ] as const,
  ),
  ['as base64 for URLs', bytes.toString('base64url')],
  [
    'as HTML',
    SECRET.replace(/[&<>"']/g, (sign) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' }[sign]!};`),
  ],
];

describe('a secret is taken out', () => {
  test.each(WRITTEN)('when it is written %s, as a whole and letter by letter', (_, text) => {
    const around = `before ${text} after`;
    const whole = new Redactor([SECRET]).redact(around);
    expect(whole).toContain(HIDDEN);
    expect(whole.startsWith('before ')).toBe(true);
    expect(whole.endsWith(' after')).toBe(true);
    expect(spellingsOf(SECRET).filter((spelling) => whole.includes(spelling))).toEqual([]);
    expect(streamed(new Redactor([SECRET]), [...cutInto(around, Array<number>(around.length).fill(1))])).toBe(whole);
  });

  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), maxLength: 40 });
  const secrets = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), minLength: 8, maxLength: 14 }), {
    minLength: 1,
    maxLength: 4,
  });

  test('from any stream in the same way, however it is cut, with secrets that overlap or contain each other', () => {
    fc.assert(
      fc.property(secrets, fc.array(letters, { maxLength: 6 }), fc.array(fc.nat(5)), (some, filling, cuts) => {
        const text = filling.flatMap((words, index) => [words, some[index % some.length]!.slice(index % 3)]).join('');
        const chunks = [...cutInto(text, cuts)];
        const redactor = new Redactor(some);
        const longest = Math.max(...some.flatMap(spellingsOf).map(({ length }) => length));
        let clean = '';
        for (const chunk of chunks) {
          clean += redactor.write(chunk);
          expect(redactor.held).toBeLessThan(longest);
        }
        clean += redactor.flush();
        expect(clean).toBe(streamed(new Redactor(some), [text]));
        for (const secret of some) expect(clean).not.toContain(secret);
      }),
    );
  });

  test('and all text without one passes at once and unchanged', () => {
    const redactor = new Redactor(['0123456789']);
    expect(redactor.write('nothing of it\n')).toBe('nothing of it\n');
    expect(redactor.held).toBe(0);
    expect(redactor.write('up to 0123')).toBe('up to ');
    expect(redactor.write(' and on')).toBe('0123 and on');
    expect(new Redactor().redact(SECRET)).toBe(SECRET);
  });

  test('also what is left of it where a text was cut', () => {
    const redactor = new Redactor(['abcdefghijklmnop']);
    expect(redactor.redact("threw 'abcdefgh'... 8 more characters")).toBe(`threw '${HIDDEN}'... 8 more characters`);
    expect(redactor.redact('it is abcdefghijkl')).toBe(`it is ${HIDDEN}`);
  });
});

function* cutInto(text: string, cuts: readonly number[]): Generator<string> {
  let from = 0;
  for (const cut of cuts) {
    yield text.slice(from, from + cut);
    from += cut;
  }
  yield text.slice(from);
}

test('a secret value shows itself only when it is asked to', () => {
  const value = new SecretValue(SECRET);
  const shown = [String(value), JSON.stringify({ value }), inspect({ value }), inspect(value, { showHidden: true })];
  expect(shown.filter((text) => !text.includes(HIDDEN))).toEqual([]);
  expect(value.reveal()).toBe(SECRET);
  expect(SHORTEST_SECRET).toBe(8);
});

test('marks are found where they stand, and what looks like one is not', () => {
  const params = { url: 'x', auth: { tokens: [{ $secret: 'env:A' }, { $secret: 'file:~/b' }] }, rates: [1, 2] };
  expect([...sourcesIn(params)]).toEqual([
    { source: 'env:A', path: 'auth.tokens.0' },
    { source: 'file:~/b', path: 'auth.tokens.1' },
  ]);
  expect(withoutMarks(params, (source) => source.length)).toEqual({
    url: 'x',
    auth: { tokens: [5, 8] },
    rates: [1, 2],
  });
  expect(mayHaveMark(JSON.stringify(params))).toBe(true);
  for (const other of [{ $secret: 'plain' }, { $secret: 1 }, { $secret: 'env:A', more: 1 }, 'env:A', null, ['env:A']])
    expect(isSecretMark(other)).toBe(false);
});

import { describe, expect, test } from 'vitest';
import { asFactory } from '../../../src/identity/code/instances/stage-factory.ts';
import { importText } from './import-text.ts';

const MAP = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' });
const packageOf = (source: string): string | undefined => (['zod', 'restage'].includes(source) ? source : undefined);

/** A stage with these declarations around it and this body, as the linker writes it. */
function stageText(declarations: string, body: string): string {
  return `import { json, stage, many, DataError } from 'restage';
import { z } from 'zod';
${declarations}
const s = stage({ name: 'lab/s', params: z.strictObject({ x: z.number() }), inputs: {}, outputs: { out: json() },
  async run({ params, inputs }) { ${body} } });
export { s as default };`;
}

function isShared(declarations: string, body: string): boolean {
  const { text, harmless } = asFactory({ text: stageText(declarations, body), map: MAP }, packageOf);
  const shared = text.includes('??=');
  // Attempts may share what they cannot change only if they cannot change what all code shares.
  expect(harmless || !shared).toBe(true);
  return shared;
}

describe('attempts share an instance whose module keeps nothing that can change:', () => {
  test.each([
    ['nothing', '', 'return { out: params.x };'],
    ['numbers and texts', 'const N = -(2 ** 3) + Math.PI, T = `n is ${N}`;', 'return { out: T + N };'],
    ['functions', 'const f = (n) => n < 1 ? 0 : g(n - 1); function g(n) { return f(n); }', 'return { out: f(3) };'],
    ['a table that is read', "const T = { a: 1, b: 'two' };", 'return { out: T.a + T[params.x], k: { v: T.b } };'],
    [
      'a list that is read',
      'const L = [1, 2]; const M = [...L, 3];',
      'for (const x of M) if (L.includes(x)) return x;',
    ],
    ['a list whose elements are taken', 'const L = [1, 2];', 'return { out: L.map((x, i) => x + i), of: [...L] };'],
    ['a list that is taken apart', 'const L = { a: 1 };', "const { a } = L; return { out: 'a' in L && a };"],
    ['a schema', "const S = z.array(z.string().min(1).default('a'));", 'return { out: S.parse(params.x) };'],
    ['shapes', 'const p = { a: z.number() }; const S = z.object({ ...p, b: z.enum(["x"]) });', 'S.safeParse(1);'],
    ['a refined schema', 'const S = z.number().refine((n) => n > 1, { error: "small" });', 'return S.parse(2);'],
    ['a pattern', 'const P = /^a/;', 'return { out: P.test(params.x) };'],
    ['codecs', 'const c = json(z.number()); const many1 = many(c);', 'return { out: 1 };'],
    ['a local object', '', 'const o = {}; o.n = 1; o.n++; delete o.n; return { out: o };'],
    ['a local class', '', 'class C { n = 1; up() { this.n++; return this; } } return { out: new C().up().n };'],
    ['an error', '', "if (params.x) throw new DataError('no'); return { out: 1 };"],
  ])('%s', (_, declarations, body) => {
    expect(isShared(declarations, body)).toBe(true);
  });
});

describe('each attempt has its own instance of a module that has', () => {
  test.each([
    ['a variable', 'let n = 0;', 'return { out: ++n };'],
    ["a function that gives away one of restage's", 'const give = () => json;', 'give().x = 1;'],
    ['an old variable', 'var n = 0;', 'return { out: n };'],
    ['a map', 'const m = new Map();', 'm.set(1, 2);'],
    ['a list that is pushed to', 'const L = [1];', 'L.push(2);'],
    ['a list that is sorted', 'const L = [2, 1];', 'L.sort();'],
    ['a list that is pushed to by a computed name', 'const L = [1];', "L['pu' + 'sh'](2);"],
    ['a list that is pushed to through a tag', 'const L = [1];', 'L[params.x]`a`;'],
    ['a list that is written', 'const L = [1];', 'L[0] = 2;'],
    ['a list that is counted up', 'const L = [1];', 'L[0]++;'],
    ['a list that is taken apart into itself', 'const L = [1];', '[L[0]] = [2];'],
    ['a table that a pattern writes', 'const T = { a: 1 };', '({ a: T.a } = { a: 2 });'],
    ['a table that a loop writes', 'const T = { a: 1 };', 'for (T.a of [1]);'],
    ['a table that loses a member', 'const T = { a: 1 };', 'delete T.a;'],
    ['a list with another name', 'const L = [1];', 'const l = L; l.push(2);'],
    ['a list with a name of its own beside it', 'const L = [1]; const M = L;', 'M.push(2);'],
    ['a list that is passed on', 'const L = [1];', 'add(L); function add(l) { l.push(1); }'],
    ['a list that is returned', 'const L = [1]; const f = () => L;', 'f().push(1);'],
    ['a list that a callback is given', 'const L = [1];', 'L.map((x, i, l) => l.push(x));'],
    ['a list that a callback collects', 'const L = [1];', 'L.map((...all) => all[2].push(1));'],
    ['a list that a function is given', 'const L = [1]; function f(x, i, l) { l.push(1); }', 'L.map(f);'],
    ['a list that is a default', 'const L = [1];', 'const f = (l = L) => l.push(1); f();'],
    ['a list of lists', 'const L = [[1]];', 'L[0].push(2);'],
    ['a list in a schema’s default', 'const S = z.array(z.number()).default([1]);', 'S.parse(undefined).push(1);'],
    ['a list in a catch', 'const L = [1]; const S = z.array(z.number()).catch(L);', 'S.parse(1).push(1);'],
    ['a function with a memo', 'function f() {}', 'f.memo = 1;'],
    ['a function that is passed on', 'function f() {}', '[f][0].memo = 1;'],
    ['a function that knows its own name', 'const f = function g() { g.n = (g.n ?? 0) + 1; return g.n; };', 'f();'],
    ['a function with its own variable', 'const f = (() => { let n = 0; return () => ++n; })();', 'f();'],
    ['a class with a static', 'class C { static n = 0; }', 'C.n++;'],
    ['a pattern that remembers', 'const P = /a/g;', 'return { out: P.test(params.x) };'],
    ['a pattern that is written', 'const P = /a/;', 'P.n = 1;'],
    ['a schema that is written', 'const S = z.number();', 'S.n = 1;'],
    ['a schema that hands itself out', 'const S = z.number().superRefine((n, c) => { c.n = 1; });', 'S.parse(1);'],
    ['a schema made late', 'const S = z.lazy(() => z.literal(Math.random()));', 'S.parse(1);'],
    ['a number that differs', 'const N = Math.random();', 'return { out: N };'],
    ['the time', 'const T = Date.now();', 'return { out: T };'],
    ['a stage that writes to itself', '', 'this.outputs.more = 1;'],
    ['a codec that counts', 'const c = { kind: "c", encode() { this.n++; } };', 'return { out: 1 };'],
    ['a member of restage that is written', '', 'json.n = 1;'],
    ['a loop at its top', 'for (const x of [1]) x;', ''],
    ['a text that uses the name', 'const $restage = 1;', ''],
  ])('%s', (_, declarations, body) => {
    expect(isShared(declarations, body)).toBe(false);
  });
});

test('a shared instance is made once, when the first attempt asks for it', async () => {
  const { text } = asFactory({ text: 'const s = () => ({});\nexport { s as default };', map: MAP }, packageOf);
  const make = (await importText(text))['default'] as () => unknown;
  expect(make()).toBe(make());
  expect(text.split('\n').slice(1, 3)).toEqual(['const s = () => ({});', ';']);
});

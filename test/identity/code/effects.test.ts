import { realpathSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { effectsOver } from '../../../src/identity/code/effects/effects-over.ts';
import { Bindings } from '../../../src/identity/code/linking/bindings.ts';
import { addressOfFile } from '../../../src/identity/code/resolution/resolve.ts';
import { SourceGraph } from '../../../src/identity/code/sources/source-graph.ts';
import { demoProject } from './fixture.ts';

const HEAD = `import { basename, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import * as restage from 'restage';
import { observation, registerCodec, stage } from 'restage';
import { fit } from 'restage/ml';
import { quarter } from 'other';
import { z } from 'zod';
import config from './config.json' with { type: 'json' };
import { shared, ORIGIN, fillShared, makeList, Counter } from './shared.ts';
import * as all from './shared.ts';
`;
const SHARED = `export const shared = [3, 1, 2];
export const ORIGIN = { x: 0, y: 0 };
export const fillShared = () => { shared.push(1); return shared.length; };
export function makeList(n: number) { const list: number[] = []; for (let i = 0; i < n; i++) list.push(i * i); return list; }
let made = 0;
export class Counter { static count() { return ++made; } value = 1; add(n: number) { this.value += n; return this; } get double() { return this.value * 2; } }
`;

const project = demoProject().write('src/shared.ts', SHARED);

/** Why each declared name has an effect, or undefined. */
async function effectsOf(code: string): Promise<ReadonlyMap<string, string | undefined>> {
  project.write('src/probe.ts', HEAD + code);
  const file = realpathSync(project.path('src/probe.ts'));
  const graph = (await SourceGraph.load(file, addressOfFile)).linkGraph();
  const effects = effectsOver(graph, new Bindings(graph));
  return new Map(
    graph.get(file)!.units.flatMap((unit) => unit.declares.map((name) => [name, effects(unit).effect] as const)),
  );
}

const PURE = [
  'const probe = 1 + 2 * Math.PI;',
  "const probe = ['a', 'b'].map((name, index) => [name.toUpperCase(), index] as const);",
  'const probe = new Map(Object.entries(ORIGIN).map(([key, value]) => [key, value + 1]));',
  'const probe = Object.freeze({ relu: (x: number) => Math.max(0, x), tanh: Math.tanh });',
  'const probe = new Set([...shared, 4]);',
  'const probe = shared.toSorted().map(String).join(",");',
  'const probe = Array.from({ length: 10 }, (_, i) => i * i).filter((x) => x > 1).reduce((a, b) => a + b, 0);',
  'const probe = new Float64Array(10).fill(1);',
  'const probe = makeList(12).slice(1);',
  'const probe = new Counter().add(2).add(3).value;',
  'const probe = config.scale * 2;',
  'const probe = JSON.parse(JSON.stringify(config));',
  "const probe = join(fileURLToPath(import.meta.url), '..', basename('x/y.csv'));",
  "const probe = new URL('./config.json', import.meta.url);",
  'const probe = /a+/g;',
  'const probe = fit(3);',
  "const probe = process.env.PLACE ?? 'here';",
  "const probe = stage({ name: 'demo/probe', params: z.strictObject({}), inputs: {}, outputs: {}, run: () => ({}) });",
  "const probe = restage.observation({ name: 'demo/probe', run: () => quarter(1) });",
  'const base = z.object({ a: z.int().min(1).default(3), b: z.enum(["x", "y"]).optional() });\nconst probe = z.strictObject({ ...base.shape, c: base.shape.a.nullable(), d: z.array(base) }).refine((it) => it.c !== 1);',
  'const probe = z.strictObject({ rate: z.number().default(0.1) }).parse({});',
  'const probe = z.lazy(() => z.object({ children: z.array(probe) }));',
  'enum probe { A, B = "b", C = A + 4 }',
  'class probe { static known = new Map([[1, 2]]); static { this.known.set(3, 4); } #x = 1; }',
  'class Base { constructor(readonly x = 1) {} }\nclass probe extends Base { static zero = new Base(0); }',
  'class probe extends Error { override name = "Probe"; }',
  'const probe = (() => { const table: Record<string, number> = {}; for (const name of ["a", "b"]) table[name] = name.length; return table; })();',
  'const probe = fib(9); function fib(n: number): number { return n < 2 ? n : fib(n - 1) + fib(n - 2); }',
  'const { x: probe = 4, ...rest } = ORIGIN;',
  'const probe = structuredClone(ORIGIN);',
  'const probe = ((text: string) => text.replace(/a/g, (it) => it.toUpperCase()))("banana");',
  'const probe = [1, 2, 3].includes(2) ? "yes" : `no ${shared.length}`;',
  'class probe { static sum = 0; static { for (const one of [1, 2]) this.sum += one; Object.freeze(this); } }',
  'class probe { static #secret = 3; static double: number; static { probe.double = probe.#secret * 2; } }',
  'class probe { static parsed: unknown; static { try { this.parsed = JSON.parse("1"); } catch (error) { this.parsed = [error]; } } }',
  'class probe extends Error { static code: number; static { this.code = 3; } }',
  'const probe = String.raw`a${1}\\n`;',
  'const probe = tag`a ${1} b`; function tag(texts: TemplateStringsArray, ...values: number[]) { return texts.raw.reduce((all, text, i) => all + text.trim() + (values[i] ?? ""), ""); }',
  'const probe = "a, b".split(",").map((it) => it.trim().padStart(4));',
  'const probe = Object.seal(Object.defineProperty({ a: 1 }, "b", { value: 2 }));',
  'const probe = Map.groupBy([1, 2], (it) => it % 2);',
  'const probe = new Set([1]).union(new Set([2]));',
  'const probe = new Intl.NumberFormat("en").format(3);',
  'const probe = Buffer.from("abc").toString("hex");',
  'const probe = new TextDecoder().decode(new TextEncoder().encode("abc"));',
  'const probe = /a/g.exec("a");',
  'const expression = /a/;\nconst probe = expression.test("a");',
  'const probe = all.makeList(3).concat(all.shared);',
  'const probe = posix.join("a", "b");',
];

const IMPURE = [
  'const probe = console.log("loaded");',
  'const probe = Math.random();',
  'const probe = Date.now();',
  'const probe = new Date();',
  'const probe = shared.sort();',
  'const probe = shared.push(4);',
  'const probe = fillShared();',
  'const probe = [1].map(fillShared);',
  'const probe = Counter.count();',
  'const probe = Object.assign(ORIGIN, { x: 1 });',
  'const probe = Object.freeze(ORIGIN);',
  'const probe = ((o: { x: number }) => { o.x = 2; return o; })(ORIGIN);',
  'const probe = ((list: number[]) => { const same = list; same[0] = 9; return same; })(shared);',
  'const probe = (({ list }: { list: number[] }) => list.reverse())({ list: shared });',
  'const probe = quarter(8);',
  "const probe = readFileSync('x.csv', 'utf8');",
  'const probe = globalThis.setting;',
  'const probe = await Promise.resolve(1);',
  "const probe = import('./shared.ts');",
  'const probe = registerCodec({} as never);',
  "const probe = z.string().register(z.globalRegistry, { id: 'x' });",
  "const probe = z.string().meta({ id: 'x' });",
  'const probe = z.string().transform((it) => { shared.push(1); return it; }).parse("a");',
  'const probe = z.config({});',
  'const probe = `${{ toString: () => String(shared.push(1)) }}`;',
  'const probe = +{ valueOf: () => shared.push(1) };',
  'const probe = { get x() { return shared.push(1); } }.x;',
  'const probe = [...{ *[Symbol.iterator]() { yield shared.push(1); } }];',
  'class probe { static { shared.push(1); } }',
  'class probe { static x = fillShared(); }',
  'class probe { static [String(fillShared())] = 1; }',
  'class Base { constructor() { shared.push(1); } }\nconst probe = new Base();',
  'class Base { set x(value: number) { shared.push(value); } }\nconst probe = Object.assign(new Base(), { x: 1 });',
  'class Base { static get x() { return shared.push(1); } }\nconst probe = Base.x;',
  'let other = 0;\nconst probe = (other = 1);',
  'let swap = () => 1;\nfunction change() { swap = fillShared; }\nconst probe = swap();',
  'const probe = [3, 1].sort((a, b) => shared.push(a) - b);',
  'const probe = new Proxy({}, {});',
  'const probe = Reflect.set(ORIGIN, "x", 1);',
  'const probe = delete (ORIGIN as { x?: number }).x;',
  'const probe = new Float64Array(new ArrayBuffer(8), 0, 1).fill(shared.push(1));',
  'const probe = "a".replace(/a/, () => String(shared.push(1)));',
  'const probe = JSON.parse("1", () => shared.push(1));',
  'const probe = JSON.stringify({ toJSON: () => shared.push(1) });',
  'const probe = fillShared`x`;',
  'const probe = (function () { return this; }).call(shared).push(1);',
  'const probe = new (class { x = shared.push(1); })();',
  'class probe { static list: unknown; static { this.list = shared; shared.push(1); } }',
  'class probe { static { (Counter as { x?: number }).x = 1; } }',
  'class Base { static set x(value: number) { shared.push(value); } }\nclass probe extends Base { static { this.x = 1; } }',
  'class probe { static f() { return 1; } static { this.f = () => shared.push(1); } }',
  'class Base { static list: number[] = []; }\nclass Other extends Base {}\nconst probe = Other.list.push(1);',
  'const probe = tag`x${shared}`; function tag(_: unknown, list: number[]) { return list.push(1); }',
  'const holder = { list: [1], tag(_: unknown) { return this.list.push(1); } };\nconst probe = holder.tag`x`;',
  'const probe = (() => { try { throw shared; } catch (error) { return (error as number[]).push(1); } })();',
  'const probe = (Object.defineProperty({}, "x", { get: () => shared.push(1) }) as { x: number }).x;',
  'const probe = (Object.defineProperty({}, "x", { value: shared }) as { x: number[] }).x.push(1);',
  'const probe = Object.groupBy([1], (it) => shared.push(it));',
  'const probe = [1].join({ toString: () => String(shared.push(1)) } as never);',
  'const probe = [1].at({ valueOf: () => shared.push(1) } as never);',
  'const probe = [{ toLocaleString: () => String(shared.push(1)) }].toLocaleString();',
  'const expression = /a/g;\nconst probe = expression.test("a");',
  'const probe = all.shared.push(1);',
  'const probe = all.fillShared();',
];

describe('an initialiser is proven to be without effects:', () => {
  test.each(PURE)('%s', async (code) => expect((await effectsOf(code)).get('probe')).toBeUndefined());
});

describe('an initialiser counts as having effects:', () => {
  test.each(IMPURE)('%s', async (code) => expect((await effectsOf(code)).get('probe')).toBeTypeOf('string'));
});

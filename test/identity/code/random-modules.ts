/** Random small graphs of modules: imports of all forms, circles, classes, effects, names that several modules have. */
import fc from 'fast-check';

/** Texts of files by their names; the first one exports the stage `demo/x`. */
export type ModuleGraph = Readonly<Record<string, string>>;

interface Choices {
  readonly imports: readonly (readonly [to: number, form: number])[];
  readonly declarations: readonly number[];
  readonly order: readonly number[];
  readonly fallback: number;
  readonly star: number | undefined;
  readonly lazy: number | undefined;
}

/**
 * What each module exports, in one of several forms. `#` is the module's number, `@` an expression over its imports.
 */
const FORMS: readonly (readonly string[])[] = [
  [
    'export class Layer { kind() { return "layer#"; } }',
    'export class Layer { static made = [Layer.name, #]; static again = Layer; kind() { return new.target; } }',
    'export class Layer { static { this.made = globalThis.events.push("block #"); } get size() { return #; } }',
    'export class Layer { static sum = 0; static { for (const one of [#, 2]) this.sum += one; Object.freeze(this); } }',
    'export const Layer = class { static own = this.name; };',
    'class Layer { static #hidden = #; static open() { return Layer.#hidden; } }\nexport { Layer };',
    'export let Layer = class Inner { static me = Inner.name; };',
    'export class Layer extends (class Base { static base = "base#"; }) { constructor() { super(); this.own = [@]; } }',
  ],
  [
    'export function weigh(x) { return x + # + (typeof limit); }',
    'export function weigh(x) { return [weigh.name, this === undefined, x]; }',
    'export const weigh = (x) => [x, () => Layer.name].map((it) => typeof it);',
    'export const weigh = function (x) { return arguments.length + x; };',
    'export const weigh = function inner(x) { return [inner.name, x]; };',
    'export async function weigh(x) { return [await x, #]; }',
    'export function* weigh(x) { yield x; yield [@]; }',
  ],
  [
    'export const limit = # + 0.5;',
    'export const limit = Math.max(1, ...[#, 3]) * 1e999;',
    'export const limit = globalThis.events.push("limit #");',
    'export const limit = String.raw`a\\n${#}`;',
    'export var limit = -0;',
    'export const { a: limit = () => 1, ...rest } = { b: # };',
    'export const [limit = class {}] = [undefined];',
    'export const limit = [@].length;',
    'export const limit = (() => { try { return typeof early(); } catch (error) { return error.name; } })();\nfunction early() { return later; }\nconst later = #;',
    'export const limit = JSON.parse(\'{"__proto__": 1, "x": -0}\');',
  ],
  [
    'const squares = new Float64Array(3);\nconst filled = fill(squares);\nfunction fill(into) { for (let i = 0; i < into.length; i++) into[i] = i * #; return into; }\nexport const table = squares;',
    'const registry = new Map();\nclass Linear { static { registry.set("linear", #); } }\nexport const table = registry;',
    'export const table = { [`k${#}`]: [@], f() { return this === table; }, g: () => 1 };',
    'export const table = Object.freeze(["b", "a"].toSorted().map((name, index) => [name, index, @]));',
    'let made = 0;\nconst make = () => ({ made: ++made });\nexport const table = [make(), make()];',
    'export const table = ((texts, ...rest) => [texts, texts.raw, rest])`x\\n${#}`;',
    'class Own { static list = [#]; }\nclass Child extends Own {}\nconst grown = Child.list.push(1);\nexport const table = [grown, Own.list];',
    'const cut = /a/g;\nconst isFound = cut.test("a#");\nexport const table = [isFound, cut.lastIndex];',
    'export const table = await Promise.resolve([#]);',
    'export const table = new (class Registry { items = []; add(x) { this.items.push(x); return this; } })().add(#).add(@);',
    'const shared = [];\nconst first = shared.push(#);\nexport const table = [first, shared, shared.length];',
  ],
  [
    'export let count = #;\nexport function next() { return [++count, count]; }',
    'export let count = 0;\nexport const next = () => { count = () => #; return count.name; };',
    'export let count = [];\nexport function next() { count = [...count, #]; return count; }',
    'export { count, next };\nvar count = 1;\nfunction next() { return (count *= 2); }',
  ],
  [
    'export default class { static own = this.name; }',
    'export default function () { return #; }',
    'export default (x) => [x, #];',
    'export default class Layer# { self() { return Layer#; } }',
    'export default { value: [@], name: "default" };',
    'export default [#, typeof weigh, this];',
    'const own = class { };\nexport default own;',
    'export default function named() { return named.name; }',
  ],
];
const DATA = '{ "x": [1e999, -0, 0.10], "__proto__": { "y": "\\u2028" }, "z": 1.0 }\n';

const choices = (size: number): fc.Arbitrary<Choices> =>
  fc.record({
    imports: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(5)), { maxLength: 3 }),
    declarations: fc.tuple(...FORMS.map((forms) => fc.nat(forms.length - 1))),
    order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }),
    fallback: fc.nat(),
    star: fc.option(fc.nat(size - 1), { nil: undefined, freq: 4 }),
    lazy: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(size - 1) }),
  });

export const moduleGraphs: fc.Arbitrary<ModuleGraph> = fc
  .integer({ min: 2, max: 5 })
  .chain((size) => fc.array(choices(size), { minLength: size, maxLength: size }))
  .map((modules) => ({
    ...Object.fromEntries(modules.map((it, index) => [fileOf(index), moduleText(it, index)])),
    'data.json': DATA,
  }));

function fileOf(index: number): string {
  return index === 0 ? 'entry.mjs' : `m${index}.mjs`;
}

function moduleText({ imports, declarations, order, star, lazy }: Choices, index: number): string {
  const head: string[] = [];
  const seen: string[] = [];
  imports.forEach(([to, form], at) => {
    const from = JSON.stringify(`./${fileOf(to)}`);
    const name = (exported: string): string => `${exported}_${at}`;
    switch (form) {
      case 0:
        head.push(`import * as ${name('all')} from ${from};`);
        seen.push(`${name('all')}.limit`, `${name('all')}.absent`, name('all'), `${name('all')}.weigh?.name`);
        break;
      case 1:
        head.push(`import ${name('main')} from ${from};`);
        seen.push(name('main'), `typeof ${name('main')}`);
        break;
      case 2:
        head.push(`import ${from};`);
        break;
      case 3:
        head.push(`import ${name('main')}, { next as ${name('next')}, count as ${name('count')} } from ${from};`);
        seen.push(name('main'), `typeof ${name('next')}`, name('count'));
        break;
      case 4:
        head.push(`import data_${at} from './data.json' with { type: 'json' };`);
        seen.push(`data_${at}`, `Object.keys(data_${at})`);
        break;
      default:
        head.push(
          `import { Layer as ${name('Layer')}, weigh as ${name('weigh')}, table as ${name('table')} } from ${from};`,
        );
        seen.push(`${name('Layer')}.name`, name('table'), `${name('weigh')}.name`);
    }
  });
  const expression = seen[index % Math.max(seen.length, 1)] ?? '7';
  const body = order.map((kind) =>
    FORMS[kind]![declarations[kind]!]!.replaceAll(/(?<![.])#(?!hidden)/g, String(index)).replaceAll('@', expression),
  );
  if (star !== undefined && star > index) head.push(`export * from ${JSON.stringify(`./${fileOf(star)}`)};`);
  const late = lazy === undefined ? '' : `, lazy: await import(${JSON.stringify(`./${fileOf(lazy)}`)})`;
  const look = `export async function look${index}() { return { all: [${seen.join(', ')}], own: [Layer, weigh, limit, table, count, next(), count]${late} }; }`;
  if (index > 0) return [...head, ...body, look].join('\n');
  const looks = imports.flatMap(([to, form], at) => {
    if (form === 4 || to === 0) return [];
    head.push(`import { look${to} as look_${at} } from ${JSON.stringify(`./${fileOf(to)}`)};`);
    return [`await look_${at}()`];
  });
  const run = `export const x = stage({ name: 'demo/x', run: async () => [await look0(), ${looks.join(', ')}] });`;
  return ["import { stage } from 'restage';", ...head, ...body, look, run].join('\n');
}

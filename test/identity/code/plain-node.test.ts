import { symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { emptyProject, Fixture, freshDirectory } from './fixture.ts';
import { importStage } from './import-text.ts';

/** What `run` returns from the stage's bundle, as JSON; `pipeline` imports other files of `files`. */
async function result(
  files: Readonly<Record<string, string>>,
  setUp?: (project: Fixture) => unknown,
): Promise<unknown> {
  const project = emptyProject();
  for (const [name, text] of Object.entries(files)) project.write(`src/${name}`, text);
  setUp?.(project);
  const { executable } = await project.bundle('demo/x');
  const stage = await importStage(executable);
  const answer = JSON.stringify(await stage.run({ params: {} }), (_, value: unknown) =>
    Object.is(value, -0) ? '-0' : value === Infinity ? 'Infinity' : value,
  );
  return JSON.parse(answer);
}

const stageOf = (head: string, value: string): string =>
  `import { stage } from 'restage';\n${head}\nexport const x = stage({ name: 'demo/x', run: async () => (${value}) });\n`;

describe('initialisers run as in plain Node:', () => {
  test('one that fills a table', async () => {
    const squares = `export const squares = new Float64Array(10);
const filled = fill(squares);
function fill(into: Float64Array) { for (let i = 0; i < into.length; i++) into[i] = i * i; return into; }
`;
    expect(
      await result({
        'squares.ts': squares,
        'pipeline.ts': stageOf("import { squares } from './squares.ts';", 'squares[3]'),
      }),
    ).toBe(9);
  });

  test('static blocks that register', async () => {
    const files = {
      'registry.ts': 'export const registry = new Map<string, number>();\n',
      'linear.ts':
        "import { registry } from './registry.ts';\nexport class Linear { static { registry.set('linear', 1); } }\nexport const unused = class { static { registry.set('unused', 2); } };\n",
      'pipeline.ts': stageOf(
        "import { registry } from './registry.ts';\nimport './linear.ts';",
        '[...registry.keys()]',
      ),
    };
    expect(await result(files)).toEqual(['linear', 'unused']);
  });

  test('where a refusal of a bare call says to put it', async () => {
    const files = {
      'pipeline.ts': stageOf(
        "const registry = new Map<string, number>();\nconst registered = registry.set('linear', 1);",
        '[...registry.keys()]',
      ),
    };
    expect(await result(files)).toEqual(['linear']);
  });

  test('through an alias, a method and a closure', async () => {
    const head = `const list: number[] = [];
const same = list;
const first = same.push(1);
const box = { list };
const second = box.list.push(2);
const add = () => list.push(3);
const third = [add].map((it) => it());
class Holder { constructor(readonly into: number[]) {} put(x: number) { this.into.push(x); return this; } }
const fourth = new Holder(list).put(4);`;
    expect(await result({ 'pipeline.ts': stageOf(head, 'list') })).toEqual([1, 2, 3, 4]);
  });

  test('enums, merged enums and namespaces', async () => {
    const head =
      "enum Kind { A, B = 'b' }\nenum Kind { C = 7 }\nnamespace Space { export const deep = 3; }\nenum Other { D = Kind.C + 1 }";
    expect(await result({ 'pipeline.ts': stageOf(head, '[Kind[0], Kind.B, Kind.C, Space.deep, Other[8]]') })).toEqual([
      'A',
      'b',
      7,
      3,
      'D',
    ]);
  });

  test('standard decorators', async () => {
    const head = `const calls: string[] = [];
function log(value: (this: Model, x: number) => number, context: ClassMethodDecoratorContext) {
  return function (this: Model, x: number) { calls.push(String(context.name)); return value.call(this, x); };
}
function seal<T extends new () => object>(value: T, context: ClassDecoratorContext) { calls.push(String(context.name)); return value; }
@seal class Model { @log fit(x: number) { return x * 2; } static self = Model.name; }`;
    expect(
      await result({ 'pipeline.ts': stageOf(head, '[new Model().fit(4), calls, Model.name, Model.self]') }),
    ).toEqual([8, ['Model', 'fit'], 'Model', 'Model']);
  });

  test('decorators of classes that do not name themselves, here and in another module', async () => {
    const seal = `export const calls: string[] = [];
export function seal<T extends new () => object>(value: T, context: ClassDecoratorContext) { calls.push(String(context.name)); return value; }`;
    const models = `import { seal } from './seal.ts';
@seal export class Outer { kind = 'outer'; }
@seal class Inner { kind = 'inner'; }
export const make = () => new Inner().kind;
export function replaced(_value: unknown) { return class Other { kind = 'other'; } as never; }
@replaced export class Third { kind = 'third'; }`;
    const head = "import { calls } from './seal.ts';\nimport { make, Outer, Third } from './models.ts';";
    const value = '[new Outer().kind, make(), new Third().kind, Third.name, Outer.name, calls]';
    expect(await result({ 'seal.ts': seal, 'models.ts': models, 'pipeline.ts': stageOf(head, value) })).toEqual([
      'outer',
      'inner',
      'other',
      'Other',
      'Outer',
      ['Outer', 'Inner'],
    ]);
  });
});

describe('names stay:', () => {
  test('of classes and functions of one name in several modules', async () => {
    const layer = (kind: string): string =>
      `export class Layer { kind = '${kind}'; static self = Layer.name; }\nexport function make() { return make.name; }\nexport const scale = () => '${kind}';\n`;
    const head =
      "import { Layer as Conv, make as one, scale as big } from './conv.ts';\nimport { Layer as Dense, make as two, scale as small } from './dense.ts';";
    const value =
      '[new Conv(), new Dense()].map((it) => it.constructor.name).concat(Conv.self, Dense.self, one.name, two.name, one(), two(), big.name, small.name, big(), small())';
    expect(
      await result({ 'conv.ts': layer('conv'), 'dense.ts': layer('dense'), 'pipeline.ts': stageOf(head, value) }),
    ).toEqual(['Layer', 'Layer', 'Layer', 'Layer', 'make', 'make', 'make', 'make', 'scale', 'scale', 'conv', 'dense']);
  });

  test('of anonymous default exports, and of values that are named by their variable', async () => {
    const files = {
      'a.ts': 'export default class { static own = this.name; }\n',
      'b.ts': 'export default () => 1;\n',
      'c.ts': 'export default function () { return 1; }\n',
      'pipeline.ts': stageOf(
        "import A from './a.ts';\nimport b from './b.ts';\nimport c from './c.ts';\nconst Foo = class { static made = Math.max(1, 2); };\nconst wrapped = [class {}, () => 1];\nconst { d = () => 1 } = {} as { d?: () => number };",
        '[A.name, A.own, b.name, c.name, Foo.name, wrapped[0].name, d.name]',
      ),
    };
    expect(await result(files)).toEqual(['default', 'default', 'default', 'default', 'Foo', '', 'd']);
  });

  test('of local classes, whatever is at the top level', async () => {
    const head =
      'const Layer = 1;\nfunction make() { class Layer {} const row = () => Layer; return [Layer.name, row.name]; }\nconst row = 2;';
    expect(await result({ 'pipeline.ts': stageOf(head, '[make(), Layer, row]') })).toEqual([['Layer', 'row'], 1, 2]);
  });
});

test('a member in quotes beside a word stays one', async () => {
  const head = `const o = { 'a': 1, get 'b'() { return 2; }, async 'c'() { return 3; }, 'd-e': 4, *'f'() { yield 5; } };
const known = (key: string) => key in o && !(o['a'] as unknown instanceof Map) && (o['b'] in [0, 1, 2]);`;
  expect(
    await result({
      'pipeline.ts': stageOf(head, "[o.a, o['b'], await o['c'](), o['d-e'], known('a'), [...o['f']()], o?.['a']]"),
    }),
  ).toEqual([1, 2, 3, 4, true, [5], 1]);
});

describe('JSON is what Node reads:', () => {
  test('numbers out of range, -0, and members of odd names', async () => {
    const json =
      '\uFEFF{ "big": 1e999, "small": -1e400, "zero": -0, "tiny": 1e-400, "long": 12345678901234567890, "__proto__": { "x": 1 }, "a": 1, "a": 2, "sep": "\\u2028\\ud800" }';
    const value =
      "[data.big, -data.small, data.zero, data.tiny, data.long, Object.keys(data), Object.hasOwn(data, '__proto__'), data.a, data.sep.length]";
    expect(
      await result({
        'data.json': json,
        'pipeline.ts': stageOf("import data from './data.json' with { type: 'json' };", value),
      }),
    ).toEqual([
      'Infinity',
      'Infinity',
      '-0',
      0,
      12345678901234567000,
      ['big', 'small', 'zero', 'tiny', 'long', '__proto__', 'a', 'sep'],
      true,
      2,
      2,
    ]);
  });

  test('of a package, with its attribute', async () => {
    const files = { 'pipeline.ts': stageOf("import t from 'data-package/t.json' with { type: 'json' };", 't.x') };
    expect(
      await result(files, (project) =>
        project
          .write('node_modules/data-package/package.json', '{"name":"data-package","version":"1.0.0"}')
          .write('node_modules/data-package/t.json', '{"x": 5}'),
      ),
    ).toBe(5);
  });
});

describe('a linked package', () => {
  const linked =
    (files: Readonly<Record<string, string>>) =>
    (project: Fixture): void => {
      const library = new Fixture(freshDirectory());
      for (const [name, text] of Object.entries(files)) library.write(name, text);
      symlinkSync(library.root, project.path('node_modules/library'));
    };

  test('of CommonJS works, with builtins, its own files and JSON', async () => {
    const files = {
      'package.json': '{"name":"library","version":"1.0.0","main":"index.js"}',
      'index.js':
        "const path = require('node:path');\nconst { readFileSync } = require('fs');\nconst inner = require('./inner');\nexports.base = (x) => path.basename(x);\nexports.inner = inner;\nexports.data = require('./data.json').x;\nexports.kind = typeof readFileSync;\n",
      'inner.js': 'module.exports = class Inner { static count = 3; };\n',
      'data.json': '{"x": 4}',
    };
    const pipeline = stageOf(
      "import library, { base, data } from 'library';",
      "[base('/a/b'), data, library.inner.count, library.inner.name, library.kind]",
    );
    expect(await result({ 'pipeline.ts': pipeline }, linked(files))).toEqual(['b', 4, 3, 'Inner', 'function']);
  });

  test('of CommonJS counts by all its files', async () => {
    const project = emptyProject();
    const library = new Fixture(freshDirectory())
      .write('package.json', '{"name":"library","version":"1.0.0","main":"index.js"}')
      .write('index.js', "exports.inner = require('./inner.js').x;\n")
      .write('inner.js', 'exports.x = 1;\n');
    symlinkSync(library.root, project.path('node_modules/library'));
    project.write('src/pipeline.ts', stageOf("import { inner } from 'library';", 'inner'));
    const before = await project.bundle('demo/x');
    expect(before.text).not.toContain(library.root);
    library.write('inner.js', 'exports.x = 2;\n');
    expect((await project.bundle('demo/x')).digest).not.toBe(before.digest);
  });

  test.each([
    ['module.exports = (name) => require(name);\n', 'require()'],
    ["module.exports = require('module').createRequire(__filename)('./x.json');\n", 'node:module'],
    ["const load = require;\nmodule.exports = load('./x.json');\n", 'require()'],
  ])('of CommonJS that loads what cannot be seen is refused: %s', async (code, what) => {
    const files = { 'package.json': '{"name":"library","version":"1.0.0","main":"index.js"}', 'index.js': code };
    await expect(
      result({ 'pipeline.ts': stageOf("import library from 'library';", 'library') }, linked(files)),
    ).rejects.toThrow(what);
  });

  test('that says it has no side effects is left out where nothing of it is used', async () => {
    const files = {
      'package.json': '{"name":"library","version":"1.0.0","type":"module","main":"index.js","sideEffects":false}',
      'index.js': "export { a } from './a.js';\nexport { b } from './b.js';\n",
      'a.js': 'globalThis.loaded = ["a"];\nexport const a = 1;\n',
      'b.js': 'globalThis.loaded.push("b");\nexport const b = 1;\n',
    };
    const pipeline = stageOf(
      "import { a, b } from 'library';\nexport const other = () => b;",
      '[a, globalThis.loaded]',
    );
    expect(await result({ 'pipeline.ts': pipeline }, linked(files))).toEqual([1, ['a']]);
  });

  test('that names its files with side effects keeps these, and leaves out the others', async () => {
    const files = {
      'package.json':
        '{"name":"library","version":"1.0.0","type":"module","main":"index.js","sideEffects":["./loud.js"]}',
      'index.js': "import './loud.js';\nimport './quiet.js';\nexport const a = 1;\n",
      'loud.js': 'globalThis.loaded = ["loud"];\n',
      'quiet.js': 'globalThis.loaded.push("quiet");\n',
    };
    const pipeline = stageOf("import { a } from 'library';", '[a, globalThis.loaded]');
    expect(await result({ 'pipeline.ts': pipeline }, linked(files))).toEqual([1, ['loud']]);
  });
});

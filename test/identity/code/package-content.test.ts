/** What identifies an installed package: the files that would be executed, and who uses which installation. */
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Fixture } from './fixture.ts';
import { changedBy, digests, install, type Package, user } from './installed.ts';

const TINY: Package = {
  json: { exports: { '.': './index.js', './other': './other.js' } },
  files: {
    'index.js': "export { half } from './lib/half.js';\n",
    'lib/half.js': 'export const half = (x) => x / 2;\n',
    'other.js': 'export const other = 1;\n',
    'README.md': '# Tiny\n',
  },
};
const tiny = () => install(user('tiny'), 'node_modules/tiny', TINY);

describe('a package changes with', () => {
  test('an inner file, its version as before', async () => {
    const project = tiny();
    expect(await changedBy(project, () => project.edit('node_modules/tiny/lib/half.js', '/ 2', '/ 20'))).toEqual([
      'tiny',
    ]);
  });

  test('another target of its exports', async () => {
    const project = tiny().write('node_modules/tiny/new.js', 'export const half = (x) => x / 2;\n');
    const edit = () => project.edit('node_modules/tiny/package.json', '"./index.js"', '"./new.js"');
    expect(await changedBy(project, edit)).toEqual(['tiny']);
  });

  test('its exports exchanged between two files that are both executed', async () => {
    const project = install(user('pair/a', 'pair/b'), 'node_modules/pair', {
      json: { exports: { './a': './a.js', './b': './b.js' } },
      files: { 'a.js': 'export const x = 1;\n', 'b.js': 'export const x = 2;\n' },
    });
    const edit = () =>
      project.edit('node_modules/pair/package.json', '"./a":"./a.js","./b":"./b.js"', '"./a":"./b.js","./b":"./a.js"');
    expect(await changedBy(project, edit)).toEqual(['pair']);
  });

  test('the type by which Node reads its files', async () => {
    const project = install(user('mixed'), 'node_modules/mixed', {
      files: { 'index.js': 'const a = this;\n' },
      json: { main: 'index.js' },
    });
    const edit = () => project.edit('node_modules/mixed/package.json', '"module"', '"commonjs"');
    expect(await changedBy(project, edit)).toEqual(['mixed']);
  });

  test('a JSON file that it requires', async () => {
    const project = install(user('cjs'), 'node_modules/cjs', {
      json: { type: 'commonjs', main: 'index' },
      files: { 'index.js': "module.exports = require('./data');\n", 'data.json': '{"gain":1}' },
    });
    expect(await changedBy(project, () => project.edit('node_modules/cjs/data.json', '1', '2'))).toEqual(['cjs']);
  });

  test('a file that newly takes precedence', async () => {
    const project = install(user('cjs'), 'node_modules/cjs', {
      json: { type: 'commonjs', main: 'index' },
      files: { 'index.js': "module.exports = require('./data');\n", 'data/index.js': 'module.exports = 1;\n' },
    });
    const edit = () => project.write('node_modules/cjs/data.js', 'module.exports = 2;\n');
    expect(await changedBy(project, edit)).toEqual(['cjs']);
  });

  test('the condition by which it is loaded', async () => {
    const project = install(user('dual'), 'node_modules/dual', {
      // This order, since vitest gives the condition `import` to all of its process.
      json: { exports: { require: './index.cjs', import: './index.mjs' } },
      files: { 'index.mjs': 'export const x = 1;\n', 'index.cjs': 'exports.x = 1;\n' },
    });
    expect(await changedBy(project, () => project.edit('node_modules/dual/index.cjs', '1', '2'))).toEqual([]);
    expect(await changedBy(project, () => project.edit('node_modules/dual/index.mjs', '1', '2'))).toEqual(['dual']);
    install(project, 'node_modules/user', {
      files: { 'index.cjs': "require('dual');\n" },
      json: { main: 'index.cjs' },
    });
    project.edit('src/pipeline.ts', "'dual'", "'user'");
    expect(await changedBy(project, () => project.edit('node_modules/dual/index.cjs', '2', '3'))).toEqual(['dual']);
  });

  test.each([
    ['an absent optional package', "try { require('maybe') } catch {}\n"],
    ['an absent package behind import()', "exports.later = () => import('maybe');\n"],
  ])('%s that is installed', async (_, text) => {
    const project = install(user('cjs'), 'node_modules/cjs', {
      json: { type: 'commonjs' },
      files: { 'index.js': text },
    });
    const edit = () => install(project, 'node_modules/maybe', { files: { 'index.js': 'export {};\n' } });
    expect(await changedBy(project, edit)).toEqual(['cjs', 'maybe']);
  });
});

describe('a package does not change with', () => {
  test.each([
    ['its README', 'README.md', 'Tiny', 'Tinier'],
    ['a file that the import does not reach', 'other.js', '= 1', '= 2'],
    ['its version alone', 'package.json', '1.0.0', '1.0.1'],
    ['fields that npm writes', 'package.json', '"version"', '"_resolved":"file:x","version"'],
  ])('%s', async (_, file, from, to) => {
    const project = tiny();
    expect(await changedBy(project, () => project.edit(`node_modules/tiny/${file}`, from, to))).toEqual([]);
  });

  test('the place where it is installed', async () => {
    const project = install(tiny(), 'node_modules/above', { files: { 'index.js': "export * from 'tiny';\n" } }).edit(
      'src/pipeline.ts',
      "'tiny'",
      "'above'",
    );
    const nested = 'node_modules/above/node_modules/tiny';
    const moved = () => {
      mkdirSync(dirname(project.path(nested)), { recursive: true });
      project.move('node_modules/tiny', nested);
    };
    expect(await changedBy(project, moved)).toEqual([]);
  });

  test('a layout of links to a store', async () => {
    const project = install(tiny(), 'node_modules/above', { files: { 'index.js': "export * from 'tiny';\n" } }).edit(
      'src/pipeline.ts',
      "'tiny'",
      "'above'",
    );
    const stored = () => {
      for (const name of ['tiny', 'above']) {
        const place = project.path(`node_modules/.store/${name}@1.0.0/node_modules/${name}`);
        mkdirSync(dirname(place), { recursive: true });
        renameSync(project.path(`node_modules/${name}`), place);
      }
      symlinkSync('.store/above@1.0.0/node_modules/above', project.path('node_modules/above'));
      symlinkSync(
        '../../tiny@1.0.0/node_modules/tiny',
        project.path('node_modules/.store/above@1.0.0/node_modules/tiny'),
      );
    };
    expect(await changedBy(project, stored)).toEqual([]);
    const inner = 'node_modules/.store/tiny@1.0.0/node_modules/tiny/lib/half.js';
    expect(await changedBy(project, () => project.edit(inner, '/ 2', '/ 20'))).toEqual(['tiny']);
  });

  test('whether lock files are there', async () => {
    const project = tiny().write('package-lock.json', '{"packages":{"node_modules/tiny":{"version":"1.0.0"}}}');
    expect(await changedBy(project, () => rmSync(project.path('package-lock.json')))).toEqual([]);
  });
});

describe('a package that may load what its text does not name', () => {
  const HIDING: readonly (readonly [string, string])[] = [
    ['a computed require()', "module.exports = (name) => require('./lib/' + name);\n"],
    ['require as a value', "const load = require; module.exports = load('./lib/a.js');\n"],
    ['createRequire', "const { createRequire } = require('node:module'); module.exports = createRequire;\n"],
    ['module.require', 'module.exports = module.require(process.env.WHICH);\n'],
    ['a computed import()', 'module.exports = (name) => import(name);\n'],
    ['import() in a string', "module.exports = new Function('name', 'return import(name)');\n"],
    ['a worker', "const { Worker } = require('worker_threads'); module.exports = Worker;\n"],
    ['another process', "module.exports = require('child_process').fork;\n"],
    ['its own place', "module.exports = require('fs').readFileSync(__dirname + '/lib/a.js');\n"],
    ['the place of another of its files', "module.exports = require.resolve('./lib/c.js');\n"],
    ['its main module', 'module.exports = process.mainModule;\n'],
    ['syntax that is not known', 'module.exports = @@;\n'],
  ];
  const hiding = (text: string): Fixture =>
    install(user('hides'), 'node_modules/hides', {
      json: { type: 'commonjs', dependencies: { below: '1' } },
      files: { 'index.js': text, 'lib/a.js': 'exports.a = 1;\n', 'lib/c.js': '' },
    });

  test.each(HIDING)('counts with all its files: %s', async (_, text) => {
    const project = hiding(text);
    const edit = () => project.edit('node_modules/hides/lib/a.js', '1', '2');
    expect(await changedBy(project, edit)).toEqual(['hides']);
    expect(await changedBy(project, () => project.write('node_modules/hides/lib/b.js', ''))).toEqual(['hides']);
  });

  test('counts with all files of what it depends on, and of what that depends on', async () => {
    const project = hiding(HIDING[0]![1]);
    install(project, 'node_modules/below', { json: { dependencies: { lower: '1' } }, files: { 'any.js': '' } });
    install(project, 'node_modules/lower', { files: { 'any.js': '' } });
    expect(Object.keys(await digests(project))).toEqual(['below', 'hides', 'lower']);
    expect(await changedBy(project, () => project.write('node_modules/lower/any.js', '1'))).toEqual(['lower']);
  });

  test('makes all files of a package count that calls it, as a loader of native addons does', async () => {
    const project = hiding('module.exports = (name) => require(name);\n');
    install(project, 'node_modules/native', {
      json: { type: 'commonjs' },
      files: { 'index.js': "module.exports = require('hides')('addon');\n", 'build/addon.node': '1' },
    }).edit('src/pipeline.ts', "'hides'", "'native'");
    const edit = () => project.write('node_modules/native/build/addon.node', '2');
    expect(await changedBy(project, edit)).toEqual(['native']);
  });

  test.each([
    ['import.meta.url', "export const at = new URL('./data.csv', import.meta.url);\n"],
    ['import.meta.resolve()', "export const at = import.meta.resolve('./data.csv');\n"],
    ['import.meta.dirname', 'export const at = import.meta.dirname;\n'],
  ])('as data counts with all its files: %s', async (_, text) => {
    const project = install(user('reads'), 'node_modules/reads', {
      json: { dependencies: { below: '1' } },
      files: { 'index.js': text, 'data.csv': '1' },
    });
    install(project, 'node_modules/below', { files: { 'any.js': '' } });
    expect(await changedBy(project, () => project.write('node_modules/reads/data.csv', '2'))).toEqual(['reads']);
    expect(Object.keys(await digests(project))).toEqual(['reads']);
  });

  test.each([
    ['require() of a literal', "module.exports = require('./lib/a.js');\n"],
    ['a test for require', "module.exports = typeof require === 'function' && require('./lib/a.js');\n"],
    [
      'a builtin module by module.require',
      "const m = module; module.exports = m && m.require && m.require('util').types;\n",
    ],
    ['a method called require with a literal', 'module.exports = { require: 1 };\n'],
    ['a generated function', "module.exports = new Function('x', 'return x + 1');\n"],
  ])('is not one with %s', async (_, text) => {
    const project = hiding(text).write('node_modules/hides/lib/unused.js', '1');
    expect(await changedBy(project, () => project.write('node_modules/hides/lib/unused.js', '2'))).toEqual([]);
  });
});

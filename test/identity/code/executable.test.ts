import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bundleDefinition } from '../../../src/identity/code/bundle.ts';
import type { StageBundle } from '../../../src/identity/code/bundles/bundle-types.ts';
import { link } from '../../../src/identity/code/bundles/link.ts';
import { demoProject, Fixture, freshDirectory, inChild, REPOSITORY } from './fixture.ts';

/** Writes the executable and its map into a directory outside the project. */
function store({ executable, map }: Pick<StageBundle, 'executable' | 'map'>): string {
  const cache = new Fixture(freshDirectory());
  cache.write('stage.mjs.map', map).write('stage.mjs', `${executable}//# sourceMappingURL=stage.mjs.map\n`);
  return pathToFileURL(cache.path('stage.mjs')).href;
}

function call(bundle: StageBundle, params: string): unknown {
  const answer = inChild(`
    import stage from ${JSON.stringify(store(bundle))};
    process.stdout.write(JSON.stringify(await stage.run({ params: stage.params.parse(${params}) })));`);
  return JSON.parse(answer);
}

describe('an executable', () => {
  test('runs from anywhere, with its packages and its schema', async () => {
    const bundle = await demoProject().bundle();
    // 0.1 by default; fit doubles it, half halves it, and the JSON scale is 3; + 1.
    expect(call(bundle, '{}')).toBeCloseTo(1.3);
    expect(call(bundle, '{ rate: 2 }')).toBe(7);
    expect(call(bundle, '{ rate: 1000 }')).toBe(11);
  });

  test('is its text with the links resolved, and nothing else in the text changes', async () => {
    const project = demoProject().edit(
      'src/stages.ts',
      'return weigh(row.x)',
      "return weigh(row.x) + ['zod', 'from\"zod\"', 'import\"restage\"', 'file:'].indexOf(String(row))",
    );
    const { text, executable, links } = await project.bundle();
    expect(link(text, links)).toBe(executable);
    for (const form of [text, executable]) expect(form).toContain('["zod",\'from"zod"\',\'import"restage"\',"file:"]');
    expect(links.map(({ specifier }) => specifier).sort()).toEqual(['restage', 'tiny', 'zod']);
  });

  test("shows the user's own file and line when it throws", async () => {
    const project = demoProject().edit('src/deeper.ts', 'Math.min(half(x)', 'x < 0 ? fail() : Math.min(half(x)');
    project.edit(
      'src/deeper.ts',
      'export const',
      "interface Gone {\n  readonly gone: true;\n}\nfunction fail(): never {\n  throw new RangeError('below zero');\n}\nexport const",
    );
    const bundle = await project.bundle();
    const stack = inChild(`
      process.setSourceMapsEnabled(true);
      const { default: stage } = await import(${JSON.stringify(store(bundle))});
      try { stage.run({ params: { rate: -1 } }); } catch (error) { process.stdout.write(error.stack); }`);
    expect(stack).toContain('RangeError: below zero');
    expect(stack).toContain(`${project.path('src/deeper.ts')}:9:9`);
    expect(stack).toContain(`${project.path('src/deeper.ts')}:11:`);
    expect(stack).toContain(`${project.path('src/helper.ts')}:5:10`);
    expect(stack).toContain(`${project.path('src/stages.ts')}:17:12`);
  });

  test('has the line and column of a throw in an initialiser that was marked', async () => {
    const project = demoProject().edit(
      'src/constants.ts',
      'export const LIMIT = 10;',
      "type Gone = string;\nexport const FIRST = Math.max(1, 2), LIMIT = JSON.parse('{'), THIRD = Math.min(1, Math.max(2, 3));",
    );
    project
      .edit('src/deeper.ts', 'LIMIT }', 'FIRST, LIMIT, THIRD }')
      .edit('src/deeper.ts', 'LIMIT)', 'FIRST, LIMIT, THIRD)');
    const bundle = await project.bundle();
    const stack = inChild(`
      process.setSourceMapsEnabled(true);
      try { await import(${JSON.stringify(store(bundle))}); } catch (error) { process.stdout.write(error.stack); }`);
    expect(stack).toContain('SyntaxError');
    expect(stack).toContain(`${project.path('src/constants.ts')}:2:51`);
  });

  test('knows the URL of the module that uses import.meta.url; the text has it without the machine', async () => {
    const project = demoProject().edit(
      'src/stages.ts',
      'quarter(params.cut)',
      '`${import.meta.url}?cut=${params.cut}`',
    );
    const bundle = await project.bundle('demo/score');
    expect(bundle.text).toContain('"restage-module:src/stages.ts"');
    expect(bundle.text).not.toContain(project.root);
    expect(call(bundle, '{}')).toBe(`${pathToFileURL(project.path('src/stages.ts')).href}?cut=0.5`);
  });

  test('imports dynamically at run time', async () => {
    const project = demoProject()
      .write('src/lazy.ts', "import { half } from 'tiny';\nexport const lazy = (x: number) => half(x);\n")
      .edit(
        'src/stages.ts',
        'quarter(params.cut)',
        `import('./lazy.ts').then(async ({ lazy }) => {
          const { quarter: later } = await import('other');
          const absent = await import('absent-package').catch((error) => error.code);
          return [lazy(params.cut), later(params.cut), absent];
        })`,
      );
    const bundle = await project.bundle('demo/score');
    expect(call(bundle, '{}')).toEqual([0.25, 0.125, 'ERR_MODULE_NOT_FOUND']);
    expect(bundle.packages.map(({ name }) => name)).toEqual(['other', 'tinier', 'tiny', 'zod']);
  });

  test('keeps a package that is imported for its side effects, but only in the stages that reach it', async () => {
    const project = demoProject()
      .write(
        'node_modules/effect/package.json',
        '{"name":"effect","version":"1.0.0","type":"module","main":"index.js"}',
      )
      .write('node_modules/effect/index.js', 'globalThis.effect = 5;\n')
      .edit('src/deeper.ts', 'import', "import 'effect';\nimport")
      .edit('src/deeper.ts', 'Math.min(', 'globalThis.effect + Math.min(');
    const bundle = await project.bundle();
    expect(call(bundle, '{ rate: 2 }')).toBe(12);
    expect(bundle.packages.map(({ name }) => name)).toContain('effect');
  });

  test('keeps classes with static parts, and destructured bindings, unchanged', async () => {
    const project = demoProject().edit(
      'src/stages.ts',
      'quarter(params.cut)',
      '[Odd.name, Odd.known, new Odd().own(), first, deep, rest, Anonymous.made, Even.name]',
    );
    project.edit(
      'src/stages.ts',
      'const common',
      `export const [first = 7, { deep, ...rest }] = [undefined, { deep: Math.abs(-1), more: [2] }];
const mixin = <C extends new () => object>(base: C) => class extends base { own() { return 'own'; } };
export class Odd extends mixin(Object) { static known = new Map([[1, 2]]).size; static { this.known += 10; } }
class Even { static half = first / 2; }
const Anonymous = class { static made = String(1); };
const common`,
    );
    expect(call(await project.bundle('demo/score'), '{}')).toEqual([
      'Odd',
      11,
      'own',
      7,
      1,
      { more: [2] },
      '1',
      'Even',
    ]);
  });
});

describe("a definition's bundle", () => {
  test('imports from anywhere and has the exports of the file', async () => {
    const project = demoProject().edit(
      'src/pipeline.ts',
      'export default',
      'export const here = import.meta.url;\nexport default',
    );
    const { text, map, files, witnesses } = await bundleDefinition(project.path('src/pipeline.ts'));
    const url = store({ executable: text, map });
    const answer: unknown = JSON.parse(
      inChild(`
        import pipeline, { here } from ${JSON.stringify(url)};
        const [train, score] = pipeline.stages;
        process.stdout.write(JSON.stringify([pipeline.name, train.isStage, train.run({ params: { rate: 2 } }), score.run({ params: { cut: 4 } }), here]));`),
    );
    expect(answer).toEqual(['demo', true, 7, 1, pathToFileURL(project.path('src/pipeline.ts')).href]);
    for (const file of [
      'src/config.json',
      'src/constants.ts',
      'package.json',
      'node_modules/tiny/package.json',
      'node_modules/restage/package.json',
    ])
      expect(files).toContain(project.path(file));
    expect(files).toEqual([...files].sort());
    for (const name of ['other', 'tinier', 'tiny'])
      expect(witnesses.map(([path]) => path)).toContain(project.path(`node_modules/${name}/index.js`));
  });

  test('runs module-level code unchanged', async () => {
    const project = demoProject().edit('src/pipeline.ts', 'export default', "console.log('loaded');\nexport default");
    const { text, map } = await bundleDefinition(project.path('src/pipeline.ts'));
    expect(inChild(`import ${JSON.stringify(store({ executable: text, map }))};`)).toBe('loaded\n');
  });
});

test('esbuild is not loaded before it is needed', () => {
  const source = new Fixture(REPOSITORY).read('src/identity/code/bundle.ts');
  expect(new Set(source.match(/^import (?:type )?/gm))).toEqual(new Set(['import type ']));
  for (const file of ['bundles/definition-bundle', 'bundles/stage-bundles', 'flat-package'])
    expect(source).toContain(`await import('./${file}.ts')`);
});

import { pathToFileURL } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { bundleDefinition } from '../../../src/identity/code/bundle.ts';
import type { StageBundle } from '../../../src/identity/code/bundles/bundle-types.ts';
import { link } from '../../../src/identity/code/bundles/link.ts';
import { demoProject, Fixture, REPOSITORY } from './fixture.ts';
import { type ImportedStage, importStage, importText } from './import-text.ts';

async function call({ executable, map }: StageBundle, params: unknown): Promise<unknown> {
  const stage = await importStage(executable, map);
  return stage.run({ params: stage.params.parse(params) });
}

describe('an executable', () => {
  test('runs from anywhere, with its packages and its schema', async () => {
    const bundle = await demoProject().bundle();
    // 0.1 by default; fit doubles it, half halves it, and the JSON scale is 3; + 1.
    expect(await call(bundle, {})).toBeCloseTo(1.3);
    expect(await call(bundle, { rate: 2 })).toBe(7);
    expect(await call(bundle, { rate: 1000 })).toBe(11);
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

  test('knows the URL of the module that uses import.meta.url; the text has it without the machine', async () => {
    const project = demoProject().edit(
      'src/stages.ts',
      'quarter(params.cut)',
      '`${import.meta.url}?cut=${params.cut}`',
    );
    const bundle = await project.bundle('demo/score');
    expect(bundle.text).toContain('"restage-module:src/stages.ts"');
    expect(bundle.text).not.toContain(project.root);
    expect(await call(bundle, {})).toBe(`${pathToFileURL(project.path('src/stages.ts')).href}?cut=0.5`);
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
    expect(await call(bundle, {})).toEqual([0.25, 0.125, 'ERR_MODULE_NOT_FOUND']);
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
    expect(await call(bundle, { rate: 2 })).toBe(12);
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
    expect(await call(await project.bundle('demo/score'), {})).toEqual([
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
    const { default: pipeline, here } = (await importText(text, map)) as {
      readonly default: { readonly name: string; readonly stages: readonly (ImportedStage & { isStage: boolean })[] };
      readonly here: string;
    };
    const [train, score] = pipeline.stages;
    expect([pipeline.name, train!.isStage, here]).toEqual([
      'demo',
      true,
      pathToFileURL(project.path('src/pipeline.ts')).href,
    ]);
    expect([train!.run({ params: { rate: 2 } }), score!.run({ params: { cut: 4 } })]).toEqual([7, 1]);
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
    const log = vi.spyOn(console, 'log').mockReturnValue();
    await importText(text, map);
    expect(log.mock.calls).toEqual([['loaded']]);
    log.mockRestore();
  });
});

test('esbuild is not loaded before it is needed', () => {
  const source = new Fixture(REPOSITORY).read('src/identity/code/bundle.ts');
  expect(new Set(source.match(/^import (?:type )?/gm))).toEqual(new Set(['import type ']));
  for (const file of ['bundles/definition-bundle', 'bundles/stage-bundles', 'flat-package'])
    expect(source).toContain(`await import('./${file}.ts')`);
});

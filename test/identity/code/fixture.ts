/** A small project on disk, with its own restage in node_modules, and methods to edit it. */
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type Typescript from 'typescript';
import { bundleStages } from '../../../src/identity/code/bundle.ts';
import type { StageBundle } from '../../../src/identity/code/bundles/bundle-types.ts';
import { disposableDirectory } from '../../helpers/disposable.ts';

export const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

export class Fixture {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  path(file: string): string {
    return join(this.root, file);
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  write(file: string, text: string): this {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
    return this;
  }

  /** Replaces text, which must exist. */
  edit(file: string, from: string, to: string): this {
    const text = this.read(file);
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    return this.write(
      file,
      text.replace(from, () => to),
    );
  }

  move(from: string, to: string): this {
    mkdirSync(dirname(this.path(to)), { recursive: true });
    renameSync(this.path(from), this.path(to));
    return this;
  }

  async bundle(stage = 'demo/train', entry = 'src/pipeline.ts'): Promise<StageBundle> {
    const { stages } = await bundleStages(this.path(entry), [stage]);
    return stages[0]!;
  }

  /** Has TypeScript's compiler write JavaScript into `out`, file by file; type errors do not matter here. */
  compile(out: string): this {
    // Here, since it is large and few tests need it.
    const typescript = createRequire(import.meta.url)('typescript') as typeof Typescript;
    const compilerOptions = {
      target: typescript.ScriptTarget.ES2022,
      module: typescript.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
    };
    for (const file of readdirSync(this.path('src'))) {
      const text = this.read(join('src', file));
      if (file.endsWith('.ts'))
        this.write(
          join(out, file.replace(/\.ts$/, '.js')),
          typescript.transpileModule(text, { compilerOptions, fileName: file }).outputText,
        );
      else this.write(join(out, file), text);
    }
    return this;
  }
}

export function freshDirectory(): string {
  return disposableDirectory('restage-code-');
}

/** A project with restage and zod, but without files of its own. */
export function emptyProject(): Fixture {
  const fixture = new Fixture(freshDirectory())
    .write('package.json', JSON.stringify({ name: 'demo', type: 'module' }))
    .write(
      'node_modules/restage/package.json',
      JSON.stringify({
        name: 'restage',
        version: '0.1.0',
        type: 'module',
        sideEffects: false,
        exports: { '.': './dist/index.js', './ml': './dist/ml/index.js' },
      }),
    )
    .write(
      'node_modules/restage/dist/index.js',
      'export const stage = (definition) => ({ ...definition, isStage: true });\nexport const observation = stage;\nexport const pipeline = (definition) => definition;\n',
    )
    .write(
      'node_modules/restage/dist/ml/index.js',
      "export { fit } from './fit.js';\nexport { Adam } from './adam.js';\n",
    )
    .write('node_modules/restage/dist/ml/fit.js', 'export const fit = (rate) => rate * 2;\n')
    .write(
      'node_modules/restage/dist/ml/adam.js',
      "const REGISTRY = new Map([['adam', 1]]);\nexport class Adam { static known = REGISTRY.size; }\n",
    );
  symlinkSync(join(REPOSITORY, 'node_modules/zod'), fixture.path('node_modules/zod'));
  return fixture;
}

/** `demo/train` with helpers, a constant, JSON and a package, and a sibling stage in the same file. */
export function demoProject(): Fixture {
  return emptyProject()
    .write(
      'package-lock.json',
      JSON.stringify({
        lockfileVersion: 3,
        packages: {
          '': { name: 'demo' },
          'node_modules/tiny': {
            version: '1.0.0',
            integrity: 'sha512-tiny',
            dependencies: { tinier: '^1.0.0' },
          },
          'node_modules/tinier': { version: '1.0.0', integrity: 'sha512-tinier' },
          'node_modules/other': { version: '1.0.0', integrity: 'sha512-other' },
        },
      }),
    )
    .write('node_modules/tiny/package.json', npmPackage('tiny'))
    .write('node_modules/tiny/index.js', "import { one } from 'tinier';\nexport const half = (x) => (x * one) / 2;\n")
    .write('node_modules/tinier/package.json', npmPackage('tinier'))
    .write('node_modules/tinier/index.js', 'export const one = 1;\n')
    .write('node_modules/other/package.json', npmPackage('other'))
    .write('node_modules/other/index.js', 'export const quarter = (x) => x / 4;\n')
    .write(
      'src/pipeline.ts',
      `import { pipeline } from 'restage';
import { score, train } from './stages.ts';

export default pipeline({ name: 'demo', stages: [train, score] });
`,
    )
    .write(
      'src/stages.ts',
      `import { stage } from 'restage';
import { fit } from 'restage/ml';
import { z } from 'zod';
import { quarter } from 'other';
import { weigh, type Weighed } from './helper.ts';

interface Row {
  readonly x: number;
}
const common = z.object({ seed: z.int().default(1) });

export const train = stage({
  name: 'demo/train',
  params: z.strictObject({ ...common.shape, rate: z.number().default(0.1) }),
  run({ params }: { readonly params: { readonly rate: number } }): Weighed {
    const row: Row = { x: fit(params.rate) };
    return weigh(row.x);
  },
});

export const score = stage({
  name: 'demo/score',
  params: z.strictObject({ cut: z.number().min(0).default(0.5) }),
  run: ({ params }: { readonly params: { readonly cut: number } }) => quarter(params.cut),
});
`,
    )
    .write(
      'src/helper.ts',
      `import { deeper } from './deeper.ts';

export type Weighed = number;
export function weigh(x: number): Weighed {
  return deeper(x) + 1;
}
export function unused(): string {
  return 'unused';
}
`,
    )
    .write(
      'src/deeper.ts',
      `import { half } from 'tiny';
import config from './config.json' with { type: 'json' };
import { LIMIT } from './constants.ts';

export const deeper = (x: number): number => Math.min(half(x) * config.scale, LIMIT);
`,
    )
    .write('src/constants.ts', 'export const LIMIT = 10;\nexport const OTHER = 20;\n')
    .write('src/config.json', '{ "scale": 3 }\n');
}

function npmPackage(name: string): string {
  return JSON.stringify({ name, version: '1.0.0', type: 'module', main: 'index.js' });
}

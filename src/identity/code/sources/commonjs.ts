/**
 * CommonJS files of linked packages: one of them, with everything that it requires, as an ES module with the exports
 * that Node would give it. esbuild puts it together: modules in functions are what it is for.
 */
import { isBuiltin } from 'node:module';
import type { ImportKind, PluginBuild } from 'esbuild';
import { init, parse } from 'cjs-module-lexer';
import { DefinitionError } from '../../../errors.ts';
import { build } from '../text/esbuild.ts';
import type { Resolution } from '../resolution/resolve.ts';

export interface CommonJsWorld {
  /** A name for a file that is the same on every machine. */
  readonly labelOf: (file: string) => string;
  readonly resolve: (build: PluginBuild, specifier: string, importer: string, kind: ImportKind) => Promise<Resolution>;
  /** Reads a file, and notes that the result depends on it. */
  readonly read: (file: string) => Promise<string>;
}

/** @throws DefinitionError for what cannot be required */
export async function flattenCommonJs(file: string, world: CommonJsWorld): Promise<string> {
  const files = new Map<string, string>();
  const keyOf = (path: string): string => {
    const key = world.labelOf(path);
    files.set(key, path);
    return key;
  };
  const { outputFiles } = await build({
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: TARGET,
    charset: 'utf8',
    legalComments: 'none',
    tsconfigRaw: '{}',
    logLevel: 'silent',
    stdin: { contents: `export const exported = require(${JSON.stringify(keyOf(file))});`, loader: 'js' },
    plugins: [
      {
        name: 'restage-commonjs',
        setup: (own) => {
          own.onResolve({ filter: /.*/ }, async ({ path, importer, namespace, kind, pluginData }) => {
            if (pluginData !== undefined) return undefined;
            if (namespace !== FILES) return { path, namespace: FILES };
            if (/^(?:node:)?module$/.test(path)) throw unseen(importer, 'require() of node:module');
            if (isBuiltin(path)) return { path: `node:${path.replace(/^node:/, '')}`, namespace: BUILTINS };
            const resolution = await world.resolve(own, path, files.get(importer)!, kind);
            if (resolution.kind === 'source') return { path: keyOf(resolution.file), namespace: FILES };
            return { path: resolution.kind === 'external' ? resolution.external.url : path, external: true };
          });
          own.onLoad({ filter: /.*/, namespace: FILES }, async ({ path }) => ({
            contents: await world.read(files.get(path)!),
            loader: path.endsWith('.json') ? 'json' : /\.[cm]?ts$/.test(path) ? 'ts' : 'js',
          }));
          // A bundle has no require().
          own.onLoad({ filter: /.*/, namespace: BUILTINS }, ({ path }) => ({
            contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
          }));
        },
      },
    ],
  });
  const text = outputFiles[0]!.text.replace(/export \{\s*exported\s*\};\s*$/, '');
  // What esbuild could not replace.
  const left = /\bvar __require\b|\b__(?:dirname|filename)\b/.exec(text)?.[0];
  if (left !== undefined)
    throw unseen(keyOf(file), left.endsWith('__require') ? 'require() without a literal path' : left);
  return `${text}export default exported;\n${await namedExports(await world.read(file))}`;
}

function unseen(label: string, what: string): DefinitionError {
  return new DefinitionError(
    `The linked package's CommonJS file ${label}, or one that it requires, uses ${what}, so what it loads cannot be hashed; make it an ES module, or install the package instead of linking it.`,
  );
}

const TARGET = 'node20.19';
const FILES = 'commonjs';
const BUILTINS = 'builtin';

/** Node finds the names by the same reading of the file. */
async function namedExports(source: string): Promise<string> {
  await init();
  const names = [...new Set(parse(source).exports)].filter((name) => name !== 'default');
  const constants = names.map((name, index) => `const named${index} = exported[${JSON.stringify(name)}];\n`);
  const list = names.map((name, index) => `named${index} as ${JSON.stringify(name)}`);
  return `${constants.join('')}export { ${list.join(', ')} };\n`;
}

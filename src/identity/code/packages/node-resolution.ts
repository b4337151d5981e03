/**
 * What a specifier in a module of an installed package leads to, as Node resolves it. esbuild does the work: it knows
 * `exports`, `imports`, self-references and folders, and answers in microseconds.
 */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addedConditions } from '../../environment/node-conditions.ts';
import { build } from '../text/esbuild.ts';
import { FIXED_TSCONFIG } from '../sources/module-source.ts';
import type { LoadKind } from './scan.ts';
import { isFile } from '../resolution/ways.ts';

/** The extensions that require() may omit, in Node's order. */
export const NODE_EXTENSIONS = ['.js', '.json', '.node'] as const;

/** Resolves what a module in a directory loads to a real path; null if there is nothing. */
export type Resolve = (specifier: string, directory: string, kind: LoadKind) => Promise<string | null>;

/** The conditions that this Node has besides `node`, `import`, `require` and `default`, which esbuild knows. */
function nodeConditions(): readonly string[] {
  const { require_module: requiresModules = false } = process.features as { readonly require_module?: boolean };
  return ['node-addons', ...(requiresModules ? ['module-sync'] : []), ...addedConditions()];
}

/** Lends a resolver to `use` for as long as that takes. */
export async function withResolver<T>(use: (resolve: Resolve) => Promise<T>): Promise<T> {
  let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
  const known = new Map<string, Promise<string | null>>();
  await build({
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    absWorkingDir: '/',
    outdir: '/out',
    conditions: [...nodeConditions()],
    mainFields: ['main'],
    nodePaths: [],
    resolveExtensions: [...NODE_EXTENSIONS],
    tsconfigRaw: FIXED_TSCONFIG,
    logLevel: 'silent',
    stdin: { contents: '' },
    plugins: [
      {
        name: 'restage-packages',
        setup(setup) {
          const resolve: Resolve = (specifier, directory, kind) => {
            const key = `${kind}\0${directory}\0${specifier}`;
            let answer = known.get(key);
            if (answer === undefined) {
              const options = { resolveDir: directory, kind: KINDS[kind] } as const;
              answer = quickly(specifier, directory) ?? setup.resolve(specifier, options).then(fileIn);
              known.set(key, answer);
            }
            return answer;
          };
          setup.onStart(async () => {
            try {
              outcome = { value: await use(resolve) };
            } catch (error) {
              outcome = { error };
            }
          });
        },
      },
    ],
  });
  if (outcome === undefined) throw new Error('internal error: esbuild did not start');
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

const KINDS = { import: 'import-statement', require: 'require-call' } as const;

/** Without a question to esbuild: a file that is named exactly. */
function quickly(specifier: string, directory: string): Promise<string | null> | undefined {
  const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : join(directory, specifier);
  if (!/^(?:\.\.?\/|file:)/.test(specifier) || !isFile(path)) return undefined;
  return Promise.resolve(realpathSync(path));
}

function fileIn({
  path,
  errors,
  external,
  namespace,
}: {
  readonly path: string;
  readonly errors: readonly unknown[];
  readonly external: boolean;
  readonly namespace: string;
}): string | null {
  if (errors.length > 0 || external || namespace !== 'file') return null;
  return isFile(path) ? realpathSync(path) : null;
}

/** Where a relative specifier, or one that is an address, points. */
export function pathMeantBy(specifier: string, directory: string): string | undefined {
  if (specifier.startsWith('file:')) return fileURLToPath(specifier);
  return /^(?:\.\.?(?:\/|$)|\/)/.test(specifier)
    ? specifier.startsWith('/')
      ? specifier
      : join(directory, specifier)
    : undefined;
}

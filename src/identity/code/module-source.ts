/**
 * One file, prepared for the bundler: types are stripped, `import.meta.url` and `import()` have a form that survives
 * bundling and, for stages, module-level code is marked as free of side effects.
 */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyNode, ImportExpression, Program } from 'acorn';
import { type Loader, type Message, type TransformOptions, transform } from 'esbuild';
import MagicString from 'magic-string';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { DefinitionError } from '../../errors.ts';
import { namedCalls, type Sighting } from './locate-stage.ts';
import { isMetaMember, diagnosticsOf } from './module-rules.ts';
import type { Owner } from './package-owners.ts';
import { annotate } from './pure-annotations.ts';
import { compose, OriginalPlaces, type Position, positionAt, toUrl } from './source-map.ts';
import { literalText, parseModule, walk } from './syntax.ts';

/** No setting of the user's tsconfig.json may affect the text. */
export const FIXED_TSCONFIG = JSON.stringify({ compilerOptions: { target: 'es2022', useDefineForClassFields: true } });

export interface SourceModule {
  readonly file: string;
  readonly owner: Owner;
  readonly digest: Digest;
  /** For the bundler: JavaScript with its map inline. */
  readonly contents: string;
  readonly namedCalls: readonly Sighting[];
  readonly diagnostics: readonly { readonly kind: 'statement' | 'unbundlable'; readonly sentence: string }[];
  /** Specifiers that are imported only for their side effects. */
  readonly bareImports: ReadonlySet<string>;
  /** The file's URL, if it uses import.meta.url. */
  readonly url: string | undefined;
  /** `src/score.ts:12:14` for a specifier that the file imports. */
  importPlace(specifier: string): string;
  /** The same for a position in `contents`. */
  contentsPlace(position: Position): string;
}

export interface SourceOptions {
  readonly owner: Owner;
  /** How messages name the file, relative to the project's root. */
  readonly path: string;
  readonly annotate: boolean;
  /** Whether the target of an import() is bundled; if not, it is left to Node. */
  readonly isBundled: (specifier: string, place: string) => Promise<boolean>;
}

/** @throws DefinitionError for a file that does not parse */
export async function readModule(file: string, options: SourceOptions): Promise<SourceModule> {
  const bytes = await readFile(file);
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const digest = sha256(bytes);
  const extension = extname(file);
  if (extension === '.json') return jsonModule(file, digest, text, options);
  const loader = LOADERS[extension];
  if (loader === undefined)
    throw new DefinitionError(
      `Cannot bundle ${options.path}: only TypeScript, JavaScript and JSON can be imported; declare other files as inputs of the pipeline, with file().`,
    );
  const { code, map } = await strip(text, file, loader, options.path);
  const places = new OriginalPlaces(map);
  const place = (at: Position): string => {
    const original = places.find(at);
    return original === undefined ? options.path : `${options.path}:${original.line + 1}:${original.column + 1}`;
  };
  const placeOf = (offset: number): string => place(positionAt(code, offset));
  const program = parse(code, options, placeOf);
  const edits = new MagicString(code);
  const bareImports = new Set<string>();
  const importPlaces = new Map<string, number>();
  if (program !== undefined) {
    if (options.annotate && isPure(options.owner)) annotate(program, edits);
    noteImports(program, bareImports, importPlaces);
    await inlineDynamicImports(program, edits, options, importPlaces, placeOf);
  }
  const url = pathToFileURL(file).href;
  const usesUrl = program !== undefined && nameModuleUrl(program, edits, url);
  // Most modules are not edited and need no second map.
  const composed = edits.hasChanged()
    ? compose(edits.generateDecodedMap({ hires: 'boundary' }), places, file)
    : toUrl(map);
  const contents = `${edits.toString()}\n//# sourceMappingURL=${composed}`;
  return {
    file,
    owner: options.owner,
    digest,
    contents,
    namedCalls:
      program === undefined || options.owner.kind === 'restage'
        ? []
        : namedCalls(program, code).map(({ start, ...call }) => ({ ...call, file, place: placeOf(start) })),
    diagnostics:
      program === undefined
        ? []
        : diagnosticsOf(program, code).map(({ kind, start, what }) => ({
            kind,
            sentence: `${placeOf(start)} has ${what}.`,
          })),
    bareImports,
    url: usesUrl ? url : undefined,
    importPlace: (specifier) => {
      const offset = importPlaces.get(specifier);
      return offset === undefined ? options.path : placeOf(offset);
    },
    contentsPlace: (at) => {
      const inline = contents.slice(contents.lastIndexOf('base64,') + 'base64,'.length);
      const original = new OriginalPlaces(Buffer.from(inline, 'base64').toString()).find(at);
      return original === undefined ? options.path : `${options.path}:${original.line + 1}:${original.column + 1}`;
    },
  };
}

/** esbuild's first error, as one sentence. */
export function messageOf(error: unknown): Message | undefined {
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) return undefined;
  const messages: readonly Message[] = error.errors;
  return messages[0];
}

const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
};

async function strip(
  text: string,
  file: string,
  loader: Loader,
  path: string,
): Promise<{ readonly code: string; readonly map: string }> {
  const options: TransformOptions & { readonly sourcemap: 'external' } = {
    loader,
    sourcefile: file,
    sourcemap: 'external',
    sourcesContent: false,
    target: 'node20',
    charset: 'utf8',
    legalComments: 'none',
    jsx: 'automatic',
    logLevel: 'silent',
    tsconfigRaw: FIXED_TSCONFIG,
  };
  try {
    return await transform(text, options);
  } catch (cause) {
    const message = messageOf(cause);
    if (message === undefined) throw cause;
    const at = message.location;
    const place = at === null ? path : `${path}:${at.line}:${at.column + 1}`;
    throw new DefinitionError(`${place} does not parse: ${message.text}.`, { cause });
  }
}

/** The syntax tree; undefined for a CommonJS file of a linked package, which the bundler takes unchanged. */
function parse(code: string, options: SourceOptions, placeOf: (offset: number) => string): Program | undefined {
  try {
    return parseModule(code);
  } catch (cause) {
    if (!(cause instanceof SyntaxError) || !('pos' in cause) || typeof cause.pos !== 'number') throw cause;
    if (options.owner.kind === 'linked') return undefined;
    throw new DefinitionError(
      `${placeOf(cause.pos)} does not parse as an ES module: ${cause.message.replace(/ \(\d+:\d+\)$/, '')}.`,
      { cause },
    );
  }
}

/** The declarations of linked packages are trusted; the rules make the project's own files and restage's pure. */
function isPure(owner: Owner): boolean {
  return owner.kind === 'linked' ? owner.pure : true;
}

function noteImports(program: Program, bare: Set<string>, places: Map<string, number>): void {
  for (const statement of program.body) {
    if (
      statement.type !== 'ImportDeclaration' &&
      statement.type !== 'ExportAllDeclaration' &&
      statement.type !== 'ExportNamedDeclaration'
    )
      continue;
    const specifier = literalText(statement.source);
    if (specifier === undefined) continue;
    if (!places.has(specifier)) places.set(specifier, statement.start);
    if (statement.type === 'ImportDeclaration' && statement.specifiers.length === 0) bare.add(specifier);
  }
}

/**
 * An import() of a bundled module becomes a promise of its namespace. esbuild's own way would wrap the target, and
 * everything that it imports, in functions that contain the file's path and that no other stage could tree-shake.
 */
async function inlineDynamicImports(
  program: Program,
  edits: MagicString,
  options: SourceOptions,
  places: Map<string, number>,
  placeOf: (offset: number) => string,
): Promise<void> {
  const found: ImportExpression[] = [];
  if (!edits.original.includes('import(')) return;
  walk(program, (node) => {
    if (node.type === 'ImportExpression') found.push(node);
    return undefined;
  });
  const targets = new Map<string, string>();
  for (const node of found) {
    const specifier = literalText(node.source);
    if (specifier === undefined) continue;
    if (!places.has(specifier)) places.set(specifier, node.start);
    if (!(await options.isBundled(specifier, placeOf(node.start)))) continue;
    let namespace = targets.get(specifier);
    if (namespace === undefined) {
      namespace = `restage_import_${targets.size}`;
      targets.set(specifier, namespace);
      edits.prepend(`import * as ${namespace} from ${JSON.stringify(specifier)};`);
    }
    edits.update(node.start, node.end, `Promise.resolve().then(() => ${namespace})`);
  }
}

/**
 * `import.meta.url` stays the URL of the file that uses it. It goes into a `let`, whose value esbuild never folds into
 * the expressions around it: the canonical text needs to find it again, complete.
 */
function nameModuleUrl(program: Program, edits: MagicString, url: string): boolean {
  const uses: AnyNode[] = [];
  if (!edits.original.includes('import.meta')) return false;
  walk(program, (node) => {
    if (isMetaMember(node, 'url')) uses.push(node);
    return undefined;
  });
  for (const { start, end } of uses) edits.update(start, end, 'import_meta_url');
  if (uses.length > 0) edits.prepend(`let import_meta_url = ${JSON.stringify(url)};`);
  return uses.length > 0;
}

/** Only a default export, as in Node. As JSON.parse of the shortest text, so that reformatting is not a change. */
function jsonModule(file: string, digest: Digest, text: string, { owner, path }: SourceOptions): SourceModule {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new DefinitionError(`${path} is not JSON: ${cause.message}.`, { cause });
  }
  return {
    file,
    owner,
    digest,
    contents: `export default /* @__PURE__ */ JSON.parse(${JSON.stringify(JSON.stringify(value))});`,
    namedCalls: [],
    diagnostics: [],
    bareImports: new Set(),
    url: undefined,
    importPlace: () => path,
    contentsPlace: () => path,
  };
}

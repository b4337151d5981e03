/** One file, prepared for the linker: types are stripped, its syntax is divided into units, its rules are checked. */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Program } from 'acorn';
import type { Loader, Message, TransformOptions } from 'esbuild';
import { type Digest, sha256 } from '../../../core/identity/digest.ts';
import { DefinitionError } from '../../../errors.ts';
import { transform } from '../text/esbuild.ts';
import { jsonModuleCode } from '../text/json-source.ts';
import { type ModuleRecord, recordOf } from '../linking/module-record.ts';
import { namedCalls, type Sighting } from '../text/locate-stage.ts';
import { diagnosticsOf } from '../text/module-rules.ts';
import type { Owner } from '../resolution/package-owners.ts';
import { restoredNames } from './restored-names.ts';
import { OriginalPlaces, type Position } from '../text/source-map.ts';
import { isCommonJs, parseModule } from '../text/syntax.ts';
import type { RuleDiagnostic } from '../text/unseen-code.ts';
import { WordPlaces } from './word-places.ts';

/** The oldest Node that restage supports. */
export const TARGET = 'node20.19';

/** No setting of the user's tsconfig.json may affect the text. */
export const FIXED_TSCONFIG = JSON.stringify({ compilerOptions: { target: 'es2022', useDefineForClassFields: true } });

export interface SourceModule {
  readonly file: string;
  readonly owner: Owner;
  readonly digest: Digest;
  /** JavaScript without types, as esbuild prints it, with the author's names. */
  readonly record: ModuleRecord;
  readonly namedCalls: readonly Sighting[];
  readonly diagnostics: readonly { readonly kind: RuleDiagnostic['kind']; readonly sentence: string }[];
  readonly url: string;
  /** `src/score.ts:12:14` for an offset in the record's code; the path alone if nothing in the file is there. */
  readonly placeOf: (offset: number) => string;
  /** The positions in the file. */
  readonly places: WordPlaces;
}

export interface SourceOptions {
  readonly owner: Owner;
  /** How messages name the file, relative to the project's root. */
  readonly path: string;
  /** A CommonJS file of a linked package, with what it requires, as one ES module. */
  readonly fromCommonJs: () => Promise<string>;
}

/**
 * The latest content of each file: a definition and its stages are bundled from the same files, and again after an
 * edit.
 */
const prepared = new Map<string, { readonly question: string; readonly module: SourceModule }>();

/** @throws DefinitionError for a file that does not parse */
export async function readModule(file: string, options: SourceOptions): Promise<SourceModule> {
  const { path, owner } = options;
  // At once: of hundreds of small files, waiting for each would take most of the time.
  const bytes = readFileSync(file);
  const digest = sha256(bytes);
  const question = JSON.stringify([digest, path, owner.kind]);
  const known = prepared.get(file);
  if (known?.question === question) return { ...known.module, owner };
  let flattened = 0;
  const fromCommonJs = (): Promise<string> => {
    // It is made of other files too.
    flattened += 1;
    return options.fromCommonJs();
  };
  const module = await moduleOf({ file, bytes, digest }, { ...options, fromCommonJs });
  if (flattened === 0) prepared.set(file, { question, module });
  return module;
}

interface FileContent {
  readonly file: string;
  readonly bytes: Buffer;
  readonly digest: Digest;
}

async function moduleOf({ file, bytes, digest }: FileContent, options: SourceOptions): Promise<SourceModule> {
  const { path, owner } = options;
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const url = pathToFileURL(file).href;
  const withoutPlaces = (code: string): SourceModule => ({
    file,
    owner,
    digest,
    record: recordOf(file, code, parseModule(code)),
    namedCalls: [],
    diagnostics: [],
    url,
    placeOf: () => path,
    places: new WordPlaces(code, () => undefined),
  });
  const extension = extname(file);
  if (extension === '.json') return withoutPlaces(jsonCode(text, path));
  const loader = LOADERS[extension];
  if (loader === undefined)
    throw new DefinitionError(
      `Cannot bundle ${path}: only TypeScript, JavaScript and JSON can be imported; declare other files as inputs of the pipeline, with file().`,
    );
  const { code, originOf, program: parsed } = await strip(text, loader, path);
  const placeOf = (offset: number): string => {
    const original = offset < 0 ? undefined : originOf(offset);
    return original === undefined ? path : `${path}:${original.line + 1}:${original.column + 1}`;
  };
  const program = parsed ?? parse(code, options, placeOf);
  if (owner.kind === 'linked' && (program === undefined || isCommonJs(program, extension)))
    return withoutPlaces(await options.fromCommonJs());
  if (program === undefined) throw new Error(`internal error: ${path} was not parsed`);
  return {
    file,
    owner,
    digest,
    record: recordOf(file, code, program),
    namedCalls:
      owner.kind === 'restage'
        ? []
        : namedCalls(program, code).map(({ start, ...call }) => ({ ...call, file, place: placeOf(start) })),
    // Restage's own code is covered by its version.
    diagnostics: (owner.kind === 'restage' ? [] : diagnosticsOf(program)).map(({ kind, start, what }) => ({
      kind,
      sentence: `${placeOf(start)} has ${what}.`,
    })),
    url,
    placeOf,
    places: new WordPlaces(code, originOf),
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

interface StrippedCode {
  readonly code: string;
  readonly originOf: (offset: number) => Position | undefined;
  /** Of the code, if it was needed anyway. */
  readonly program?: Program | undefined;
}

async function strip(text: string, loader: Loader, path: string): Promise<StrippedCode> {
  const options: TransformOptions & { readonly sourcemap: 'external' } = {
    loader,
    // esbuild names what has no name after the file.
    sourcefile: 'module',
    sourcemap: 'external',
    sourcesContent: false,
    target: TARGET,
    minifyWhitespace: true,
    charset: 'utf8',
    legalComments: 'none',
    jsx: 'automatic',
    logLevel: 'silent',
    tsconfigRaw: FIXED_TSCONFIG,
  };
  try {
    const { code, map } = await transform(text, options);
    const places = new OriginalPlaces(code, map);
    const originOf = (offset: number): Position | undefined => places.find(offset);
    // Names that esbuild makes up for compiled syntax must not meet the author's own again.
    if (/\b__(?:decoratorStart|using)\(/.test(code)) {
      const compiled = await transform(text, { ...options, keepNames: true });
      const compiledPlaces = new OriginalPlaces(compiled.code, compiled.map);
      return { code: compiled.code, originOf: (offset) => compiledPlaces.find(offset) };
    }
    const program = tryParse(code);
    const restored = program === undefined ? undefined : restoredNames(program, code, places.oldNames);
    if (restored === undefined) return { code, originOf, program };
    return {
      code: restored.toString(),
      originOf: (offset) => {
        const before = restored.originOf(offset);
        return before === undefined ? undefined : originOf(before.offset);
      },
    };
  } catch (cause) {
    const message = messageOf(cause);
    if (message === undefined) throw cause;
    const at = message.location;
    const place = at === null ? path : `${path}:${at.line}:${at.column + 1}`;
    throw new DefinitionError(`${place} does not parse: ${message.text}.`, { cause });
  }
}

function tryParse(code: string): Program | undefined {
  try {
    return parseModule(code);
  } catch {
    return undefined;
  }
}

/** The syntax tree; undefined for a file of a linked package that can only be CommonJS. */
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

function jsonCode(text: string, path: string): string {
  try {
    return jsonModuleCode(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new DefinitionError(`${path} is not JSON: ${cause.message}.`, { cause });
  }
}

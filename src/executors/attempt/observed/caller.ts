/** Who made a call, from its stack: code of the stage, of a package, of restage or of Node. */
import { existsSync, readFileSync } from 'node:fs';
import { findSourceMap, type SourceMapping } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Caller {
  /** As `builtinOf` gives it. */
  readonly builtin: string | null;
  /** The nearest code that is not Node's. */
  readonly owner: Owner | null;
  /** It happens while a module is loaded, which happens once in a process. */
  readonly isLoading: boolean;
  /** The nearest line of the stage's own sources or, if there is none, of a package. */
  readonly place: string | null;
}

export type Owner =
  /** `reader`: code of restage/io, which reads what the stage tells it to. */
  | { readonly type: 'restage'; readonly reader: boolean }
  | { readonly type: 'package'; readonly name: string; readonly directory: string }
  | { readonly type: 'project' };

const DEEPEST = 64;
const OWN_FOLDER = dirname(fileURLToPath(import.meta.url)) + sep;
/** Restage's modules as they are executed, and as source maps name them. */
const RESTAGE = ['dist', 'src'].map((folder) => join(OWN_FOLDER, '../../../..', folder) + sep);

interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Node's own module that made the call itself, such as `node:internal/modules/cjs/loader`; null if other code did.
 * Often that is answer enough, and it is found without a source map: to parse one takes longer than all the rest.
 */
export function builtinOf(sites: readonly NodeJS.CallSite[]): string | null {
  for (const site of sites) {
    const name = site.getFileName() ?? null;
    if (name === null || pathOf(name).startsWith(OWN_FOLDER)) continue;
    return name.startsWith('node:') ? name : null;
  }
  return null;
}

/** Must run unobserved: it reads files. */
export function callerOf(sites: readonly NodeJS.CallSite[], projectRoot: string): Caller {
  let owner: Owner | null = null;
  let isLoading = false;
  let place: string | null = null;
  let packagePlace: string | null = null;
  for (const site of sites) {
    const name = site.getFileName() ?? null;
    if (name === null) continue;
    if (name.startsWith('node:')) {
      isLoading ||= name.startsWith('node:internal/modules/');
      continue;
    }
    const file = pathOf(name);
    if (file.startsWith(OWN_FOLDER)) continue;
    const [line, column] = [site.getLineNumber() ?? 1, site.getColumnNumber() ?? 1];
    const at = isRestage(file) ? { file, line, column } : original(name, line, column);
    const frame = ownerOf(at.file, projectRoot);
    if (owner === null || (owner.type === 'restage' && owner.reader)) owner = frame;
    if (frame.type === 'project') place ??= placeOf(at, projectRoot);
    if (frame.type === 'package') packagePlace ??= placeOf(at, projectRoot);
  }
  return { builtin: builtinOf(sites), owner, isLoading, place: place ?? packagePlace };
}

export function isRestage(file: string): boolean {
  return RESTAGE.some((folder) => file.startsWith(folder));
}

/** The stack, from the caller of this. */
export function callSites(): readonly NodeJS.CallSite[] {
  const { stackTraceLimit } = Error;
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = DEEPEST;
    Error.prepareStackTrace = (_, sites) => sites;
    Error.captureStackTrace(holder, callSites);
    const sites: unknown = holder.stack;
    return Array.isArray(sites) ? (sites as readonly NodeJS.CallSite[]) : [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepare === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Object.defineProperty(Error, 'prepareStackTrace', prepare);
  }
}

/** A place in the sources that a module was made of, if it has a source map. */
function original(name: string, line: number, column: number): Position {
  const entry = (findSourceMap(name) ?? findSourceMap(pathOf(name)))?.findEntry(line - 1, column - 1);
  const { originalSource, originalLine = 0, originalColumn = 0 } = (entry ?? {}) as Partial<SourceMapping>;
  // What restage put around the stage's text has an entry without a source.
  if (originalSource === undefined) return { file: pathOf(name), line, column };
  return { file: pathOf(originalSource), line: originalLine + 1, column: originalColumn + 1 };
}

function pathOf(name: string): string {
  if (!name.startsWith('file:')) return name;
  const url = new URL(name);
  url.search = '';
  url.hash = '';
  return fileURLToPath(url);
}

function placeOf({ file, line, column }: Position, projectRoot: string): string {
  return `${nameOf(file, projectRoot)}:${line}:${column}`;
}

/** A path as messages and the record name it: relative where it is inside the project. */
export function nameOf(path: string, projectRoot: string): string {
  const inside = relative(projectRoot, path);
  return inside === '..' || inside.startsWith(`..${sep}`) ? path : inside.replaceAll('\\', '/') || '.';
}

export function ownerOf(file: string, projectRoot: string): Owner {
  const own = RESTAGE.find((folder) => file.startsWith(folder));
  if (own !== undefined) return { type: 'restage', reader: file.startsWith(`${own}io${sep}`) };
  const inModules = packageNameIn(file);
  const directory = packageDirectory(dirname(file));
  if (inModules !== undefined) return { type: 'package', name: inModules, directory: directory ?? dirname(file) };
  // A package that is linked in has a package.json of its own outside of the project's tree of sources.
  if (directory !== undefined && directory !== projectRoot && !projectRoot.startsWith(directory + sep))
    return { type: 'package', name: nameIn(directory)!, directory };
  return { type: 'project' };
}

/** The package that a path in node_modules belongs to. */
export function packageNameIn(path: string): string | undefined {
  const at = path.lastIndexOf(`${sep}node_modules${sep}`);
  if (at < 0) return undefined;
  const [scope = '', name = ''] = path.slice(at + '/node_modules/'.length).split(sep);
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}

const directories = new Map<string, string | undefined>();

/** The nearest directory upwards whose package.json has a name: others only set how Node reads the files. */
function packageDirectory(directory: string): string | undefined {
  if (directories.has(directory)) return directories.get(directory);
  const parent = dirname(directory);
  const found =
    nameIn(directory) !== undefined ? directory : parent === directory ? undefined : packageDirectory(parent);
  directories.set(directory, found);
  return found;
}

function nameIn(directory: string): string | undefined {
  const file = join(directory, 'package.json');
  try {
    if (!existsSync(file)) return undefined;
    const { name } = JSON.parse(readFileSync(file, 'utf8')) as { readonly name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

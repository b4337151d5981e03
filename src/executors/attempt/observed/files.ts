/**
 * Observes what is read from the file system, names and attributes included, and notes what the attempt writes itself.
 */
import { constants } from 'node:fs';
import { observation } from './observation.ts';
import { source } from './source.ts';
import { type Around, observeMethod } from './replace.ts';

/** By the position of the path. Each has forms with a callback, with a promise, and with `Sync`. */
const READS = [
  'access',
  'exists',
  'glob',
  'lstat',
  'opendir',
  'openAsBlob',
  'readFile',
  'readdir',
  'readlink',
  'realpath',
  'stat',
  'statfs',
  'watch',
  'watchFile',
];

/** `existsSync`, which the store has taken before anything is observed. */
export interface FileSystem {
  readonly existsSync: (path: string) => boolean;
  readonly promises: object;
}

export function observeFiles(fs: FileSystem & object): void {
  const exists = fs.existsSync;
  const forms = (name: string, around: (call: string) => Around): void => {
    observeMethod(fs, name, around(name));
    observeMethod(fs, `${name}Sync`, around(`${name}Sync`));
    observeMethod(fs.promises, name, around(name));
  };
  for (const name of ['realpath', 'realpathSync'] as const) {
    const owner = (fs as Readonly<Record<string, unknown>>)[name];
    if (typeof owner === 'function') observeMethod(owner, 'native', { before: ([path]) => read(path, name) });
  }
  for (const name of READS) forms(name, (call) => ({ before: ([path]) => read(path, call) }));
  // A stream opens its file later, when nobody knows any more who asked for it.
  observeMethod(fs, 'createReadStream', {
    before: ([path, options]) => {
      const { fd } = (options ?? {}) as { readonly fd?: unknown };
      if (fd == null) read(path, 'createReadStream', false);
    },
  });
  forms('open', (call) => ({ before: ([path, flags]) => opened(path, flags, call, exists) }));
  forms('writeFile', (call) => ({ before: ([path, , options]) => opened(path, flagOf(options, 'w'), call, exists) }));
  forms('appendFile', (call) => ({ before: ([path, , options]) => opened(path, flagOf(options, 'a'), call, exists) }));
  forms('mkdtemp', () => ({ before: nothing, after: (path) => observation()?.files.wrote(path) }));
  forms('mkdir', () => ({ before: nothing, after: (first, [path, options]) => made(path, options, first) }));
  for (const name of ['copyFile', 'cp'])
    forms(name, (call) => ({
      before: ([from, to]) => {
        read(from, call);
        if (!existsAt(to, exists)) observation()?.files.wrote(to);
      },
    }));
  forms('rename', (call) => ({ before: ([from, to]) => moved(from, to, call) }));
  forms('link', (call) => ({ before: ([from]) => read(from, call) }));
  forms('symlink', (call) => ({ before: ([from]) => read(from, call) }));
}

function read(path: unknown, call: string, counts = true): void {
  const observed = observation();
  const name = observed?.files.nameOf(path);
  if (name !== undefined) observed!.note(source('file', name, call, counts));
}

/** A file that is opened to be written over, or that did not exist, is the attempt's own afterwards. */
function opened(path: unknown, flags: unknown, call: string, exists: FileSystem['existsSync']): void {
  const observed = observation();
  if (observed === undefined) return;
  switch (useOf(flags)) {
    case 'read':
      read(path, call);
      return;
    case 'replace':
      observed.files.wrote(path);
      return;
    case 'extend':
      if (!existsAt(path, exists)) observed.files.wrote(path);
  }
}

/** `extend`: whatever was in the file before stays there. */
function useOf(flags: unknown): 'read' | 'replace' | 'extend' {
  if (typeof flags === 'number') {
    const { O_WRONLY, O_RDWR, O_EXCL, O_TRUNC } = constants;
    if ((flags & (O_WRONLY | O_RDWR)) !== 0 && (flags & (O_EXCL | O_TRUNC)) !== 0) return 'replace';
    return (flags & O_WRONLY) !== 0 ? 'extend' : 'read';
  }
  const text = typeof flags === 'string' ? flags : 'r';
  if (text.startsWith('w') || /^[wax]*x/.test(text)) return 'replace';
  return text.startsWith('a') && !text.includes('+') ? 'extend' : 'read';
}

function flagOf(options: unknown, otherwise: string): unknown {
  return (options as { readonly flag?: unknown } | null | undefined)?.flag ?? otherwise;
}

/** With `recursive`, the result is the first folder that did not exist; without one, all existed. */
function made(path: unknown, options: unknown, first: unknown): void {
  const isRecursive = (options as { readonly recursive?: unknown } | null | undefined)?.recursive === true;
  if (!isRecursive) observation()?.files.wrote(path);
  else if (first !== undefined) observation()?.files.wrote(first);
}

/** A file that is moved keeps its origin. */
function moved(from: unknown, to: unknown, call: string): void {
  const files = observation()?.files;
  if (files === undefined) return;
  if (files.isOwn(from)) files.wrote(to);
  else read(from, call);
}

function existsAt(path: unknown, exists: FileSystem['existsSync']): boolean {
  return typeof path === 'string' || path instanceof URL || path instanceof Uint8Array ? exists(path as string) : true;
}

const nothing = (): void => undefined;

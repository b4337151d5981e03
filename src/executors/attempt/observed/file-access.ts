/**
 * Which files an attempt may read without a word: its inputs, what it declares, its packages', and what it wrote
 * itself.
 */
import { realpathSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Task } from '../../contract.ts';
import { isRestage, nameOf, ownerOf, packageNameIn } from './caller.ts';

const DEVICES = /^\/dev\/(null|zero|full|stdin|stdout|stderr|tty|fd\/\d+)$/;

/** Absolute paths of the project whose files stages read, and of the cache, whose modules they are. */
export interface ObservedPlace {
  readonly projectRoot: string;
  readonly cacheDirectory: string;
}

export class FileAccess {
  readonly #projectRoot: string;
  readonly #cacheDirectory: string;
  readonly #module: string;
  readonly #inputs: ReadonlySet<string>;
  readonly #declared: readonly string[];
  readonly #packages: readonly string[];
  /** Files that the attempt has written, and folders that it has made. */
  readonly #own = new Set<string>();

  constructor({ module, inputs, declares }: Task, { projectRoot, cacheDirectory }: ObservedPlace) {
    this.#projectRoot = projectRoot;
    this.#cacheDirectory = cacheDirectory;
    this.#module = module;
    const paths = inputs.flatMap(({ source }) => (source.type === 'file' ? [source.path] : []));
    this.#inputs = new Set(paths.flatMap((path) => [path, realPath(path)]));
    this.#declared = declares.reads.flatMap(({ path }) => [path, realPath(path)]);
    this.#packages = declares.packages;
  }

  /** A path as it is recorded; undefined for something that is not a path, such as the number of an open file. */
  nameOf(given: unknown): string | undefined {
    const path = pathOf(given);
    return path === undefined ? undefined : nameOf(path, this.#projectRoot);
  }

  /** By the recorded name. Links are followed: what they lead to is what is read. */
  isInput(name: string): boolean {
    const path = resolve(this.#projectRoot, name);
    return this.#isInput(path) || this.#isInput(realPath(path));
  }

  /**
   * Whether Node may load it: the stage's bundle, or a package. Files of the project are in the bundle, or nobody knows
   * them.
   */
  isModule(name: string): boolean {
    const path = realPath(resolve(this.#projectRoot, name));
    if (path === realPath(this.#module) || contains(realPath(this.#cacheDirectory), path)) return true;
    return ownerOf(path, this.#projectRoot).type !== 'project';
  }

  isInside(name: string, directory: string): boolean {
    const path = resolve(this.#projectRoot, name);
    return contains(directory, path) || contains(directory, realPath(path));
  }

  /** The attempt wrote this file, or made this folder. */
  wrote(given: unknown): void {
    const path = pathOf(given);
    if (path !== undefined) this.#own.add(path);
  }

  isOwn(given: unknown): boolean {
    const path = pathOf(given);
    return path !== undefined && this.#isOwn(path);
  }

  #isInput(path: string): boolean {
    if (this.#inputs.has(path) || this.#isOwn(path) || DEVICES.test(path) || isRestage(path)) return true;
    if (this.#declared.some((declared) => contains(declared, path))) return true;
    const name = packageNameIn(path);
    return name !== undefined && this.#packages.includes(name);
  }

  #isOwn(path: string): boolean {
    for (let at = path; ; at = dirname(at)) {
      if (this.#own.has(at)) return true;
      if (dirname(at) === at) return false;
    }
  }
}

function contains(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function pathOf(given: unknown): string | undefined {
  if (typeof given === 'string') return resolve(given);
  if (given instanceof Uint8Array) return resolve(Buffer.from(given).toString());
  if (given instanceof URL && given.protocol === 'file:') return fileURLToPath(given);
  return undefined;
}

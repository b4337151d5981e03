/**
 * Real paths, each found once: the modules of a project are in few folders, and Node would look at every folder on the
 * way to each of them.
 */
import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export class RealPaths {
  readonly #known = new Map<string, string>();

  /** @throws the file system's own error if the path leads nowhere */
  of(path: string): string {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const real = this.#find(path);
    this.#known.set(path, real);
    return real;
  }

  #find(path: string): string {
    const directory = dirname(path);
    if (directory === path) return realpathSync(path);
    const inDirectory = join(this.of(directory), basename(path));
    return lstatSync(inDirectory).isSymbolicLink() ? realpathSync(inDirectory) : inDirectory;
  }
}

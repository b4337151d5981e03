/**
 * Names that MLflow takes for params, metrics and tags: each is a path in a file store, and none may be within another.
 */
import { sha256 } from '../../core/identity/digest.ts';

const LONGEST = 200;

/** For each of these names another that MLflow takes; the same where it takes the name itself. All of them differ. */
export function mlflowNames(names: Iterable<string>): ReadonlyMap<string, string> {
  const paths = new Paths();
  const unique = [...new Set(names)].map((name) => [name, allowed(name)] as const);
  // Those that stay as they are come first, so that another one never takes their place.
  const ordered = [
    ...unique.filter(([name, path]) => path === name),
    ...unique.filter(([name, path]) => path !== name),
  ];
  return new Map(
    ordered.map(([name, path]) => {
      let chosen = path;
      for (let tries = 0; !paths.take(chosen); tries++) chosen = marked(path, `${name}${'#'.repeat(tries)}`);
      return [name, chosen];
    }),
  );
}

/** Letters, digits and `_-. /`; no path that means another one, and none too long for a file. */
function allowed(name: string): string {
  const path = name
    .replaceAll(/[^\p{L}\p{N}_.\- /]/gu, '_')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .map((segment) => (segment === '..' ? '__' : segment))
    .join('/');
  return Buffer.byteLength(path) > LONGEST ? marked(path, name) : path;
}

function marked(path: string, name: string): string {
  const bytes = Buffer.from(path.replaceAll('/', '.')).subarray(0, LONGEST - 10);
  return `${bytes.toString().replace(/\uFFFD+$/, '')}-${sha256(name).slice(0, 8)}`;
}

/** Paths of files, none of them a folder of another, also where the file system does not tell capitals apart. */
class Paths {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /** False if it is not free. */
  take(path: string): boolean {
    const lower = path.toLowerCase();
    const above = [...lower.matchAll(/\//g)].map(({ index }) => lower.slice(0, index));
    const isTaken = lower === '' || this.#files.has(lower) || this.#folders.has(lower);
    if (isTaken || above.some((folder) => this.#files.has(folder))) return false;
    this.#files.add(lower);
    for (const folder of above) this.#folders.add(folder);
    return true;
  }
}

/**
 * The npm packages that code depends on: its imports and all their dependencies, each with the integrity that the lock
 * file records. Only the lock file determines what depends on what, so the result is the same on every machine that
 * shares it.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { sha256 } from '../../core/identity/digest.ts';
import type { PackageIdentity } from './bundle-types.ts';

/** An imported package: its directory, and the file in it that the import resolves to. */
export interface ReachedPackage {
  readonly directory: string;
  readonly file: string;
}

/** The relevant fields of a package-lock.json entry, and of a package.json. */
interface Fields {
  readonly name?: string;
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly directory: string;
  readonly packages: Readonly<Record<string, Fields>>;
}

interface Found {
  readonly name: string;
  readonly version: string;
  /** Undefined where another package's integrity covers it. */
  readonly integrity: string | undefined;
  readonly dependencies: readonly string[];
}

export class PackageIndex {
  readonly #locks = new Map<string, Lock | undefined>();
  readonly #found = new Map<string, Found>();
  readonly #consulted = new Set<string>();

  /** Every file that was read. */
  get consulted(): ReadonlySet<string> {
    return this.#consulted;
  }

  /** The packages and all their dependencies, sorted by name, each name once. */
  closure(reached: readonly ReachedPackage[]): readonly PackageIdentity[] {
    const entries = new Map<string, string[]>();
    for (const { directory, file } of reached) entries.set(directory, [...(entries.get(directory) ?? []), file].sort());
    const directories = new Set(entries.keys());
    const found = new Map<string, Map<string, string>>();
    for (const directory of directories) {
      const { name, version, integrity, dependencies } = this.#identify(directory, entries.get(directory) ?? []);
      // A plugin of restage has restage as a peer dependency.
      if (name === 'restage') continue;
      if (integrity !== undefined)
        found.set(name, (found.get(name) ?? new Map<string, string>()).set(version, integrity));
      for (const dependency of dependencies) directories.add(dependency);
    }
    return [...found]
      .map(([name, versions]) => {
        const sorted = [...versions].sort(([a], [b]) => (a < b ? -1 : 1));
        return {
          name,
          version: sorted.map(([version]) => version).join(' '),
          integrity: sorted.map(([, integrity]) => integrity).join(' '),
        };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #identify(directory: string, entryFiles: readonly string[]): Found {
    // The identity of an unlocked package depends on which of its files are imported.
    const memo = [directory, ...entryFiles].join('\0');
    const known = this.#found.get(memo);
    if (known !== undefined) return known;
    const found = this.#locked(directory) ?? this.#unlocked(directory, entryFiles);
    this.#found.set(memo, found);
    return found;
  }

  #locked(directory: string): Found | undefined {
    const lock = this.#lockOf(directory);
    if (lock === undefined) return undefined;
    const key = relative(lock.directory, directory).replaceAll(sep, '/');
    const entry = lock.packages[key];
    if (entry?.version === undefined || entry.link === true) return undefined;
    // The installed version must be the lock file's, or its integrity would vouch for other code.
    const installed = this.#manifest(directory);
    if (installed !== undefined && installed.version !== entry.version) return undefined;
    const integrity = entry.integrity ?? entry.resolved;
    if (integrity === undefined && entry.inBundle !== true) return undefined;
    return {
      name: entry.name ?? packageNameOf(directory),
      version: entry.version,
      integrity,
      dependencies: resolveAll(entry, key, (candidate) => {
        const target = lock.packages[candidate];
        if (target === undefined) return undefined;
        return join(lock.directory, target.link === true ? (target.resolved ?? candidate) : candidate);
      }),
    };
  }

  #unlocked(directory: string, entryFiles: readonly string[]): Found {
    const manifest = this.#manifest(directory) ?? {};
    const files = [join(directory, 'package.json'), ...entryFiles];
    for (const file of files) this.#consulted.add(file);
    return {
      name: manifest.name ?? packageNameOf(directory),
      version: manifest.version ?? '0.0.0',
      integrity: `unlocked:${sha256(...files.map((file) => readIfThere(file) ?? ''))}`,
      dependencies: resolveAll(manifest, directory, (candidate) =>
        this.#manifest(candidate) === undefined ? undefined : candidate,
      ),
    };
  }

  /** The lock file nearest to the node_modules that the package is installed in. */
  #lockOf(directory: string): Lock | undefined {
    const parts = directory.split(sep);
    const installed = parts.indexOf('node_modules');
    const home = installed === -1 ? directory : parts.slice(0, installed).join(sep) || sep;
    if (this.#locks.has(home)) return this.#locks.get(home);
    const lock = this.#nearestLock(home);
    this.#locks.set(home, lock);
    return lock;
  }

  #nearestLock(home: string): Lock | undefined {
    for (let directory = home; ; directory = dirname(directory)) {
      const file = join(directory, 'package-lock.json');
      const text = readIfThere(file);
      if (text !== undefined) {
        this.#consulted.add(file);
        const packages = (parseFields(text) as { readonly packages?: Lock['packages'] } | undefined)?.packages;
        return packages === undefined ? undefined : { directory, packages };
      }
      if (dirname(directory) === directory) return undefined;
    }
  }

  #manifest(directory: string): Fields | undefined {
    const file = join(directory, 'package.json');
    const text = readIfThere(file);
    if (text === undefined) return undefined;
    this.#consulted.add(file);
    return parseFields(text) ?? {};
  }
}

/** As Node looks for a package: in the node_modules of every directory from `from` upwards. */
function resolveAll(fields: Fields, from: string, find: (candidate: string) => string | undefined): readonly string[] {
  const names = new Set(
    [fields.dependencies, fields.optionalDependencies, fields.peerDependencies].flatMap((it) => Object.keys(it ?? {})),
  );
  return [...names].sort().flatMap((name) => {
    for (let directory = from; ; directory = dirname(directory)) {
      const top = directory === '.' || directory === '' || dirname(directory) === directory;
      if (basename(directory) !== 'node_modules') {
        const found = find(join(top && directory !== sep ? '' : directory, 'node_modules', name));
        if (found !== undefined) return [found];
      }
      // Optional and peer dependencies may be missing.
      if (top) return [];
    }
  });
}

function packageNameOf(directory: string): string {
  const parts = directory.split(sep);
  const at = parts.lastIndexOf('node_modules');
  return at === -1 ? basename(directory) : parts.slice(at + 1).join('/');
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parseFields(text: string): Fields | undefined {
  try {
    return JSON.parse(text) as Fields;
  } catch {
    return undefined;
  }
}

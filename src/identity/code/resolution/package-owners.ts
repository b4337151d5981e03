/**
 * Which package a file belongs to, and a name for the file that does not depend on the machine. Reads package.json
 * files and remembers which; resolves no imports.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';

/**
 * `project`: the user's own files. `linked`: a package outside node_modules, bundled as source. `restage`: this
 * package, at any place. `npm`: everything else; never bundled.
 */
export type OwnerKind = 'project' | 'linked' | 'restage' | 'npm';

export interface Owner {
  readonly kind: OwnerKind;
  readonly name: string;
  readonly version: string;
  /** Real path of the package's directory. */
  readonly directory: string;
  /** The package says that its modules have no side effects. */
  readonly pure: boolean;
}

export interface Manifest {
  readonly directory: string;
  readonly name: string | undefined;
  readonly version: string;
  readonly sideEffects: boolean;
  readonly main: string | undefined;
  /** The targets of `imports`, whatever their conditions. */
  readonly imports: readonly string[];
}

export class PackageOwners {
  readonly root: string;
  readonly #manifests = new Map<string, Manifest | undefined>();
  readonly #owners = new Map<string, Owner>();
  readonly #consulted = new Set<string>();
  #restageEntry: string | undefined;

  /** @param entryFile real path of the pipeline's file. */
  constructor(entryFile: string) {
    this.root = this.#nearest(dirname(entryFile), () => true)?.directory ?? dirname(entryFile);
  }

  /** The package.json files that were read. */
  get consulted(): ReadonlySet<string> {
    return this.#consulted;
  }

  /** Paths of the package.json files that were looked for and are not there. */
  get absent(): readonly string[] {
    return [...this.#manifests].flatMap(([directory, manifest]) =>
      manifest === undefined ? [join(directory, 'package.json')] : [],
    );
  }

  /**
   * Must be called before any file is looked up: in restage's own repository, the built files are inside the project.
   */
  foundRestage(entry: string): void {
    this.#restageEntry = entry;
    this.#owners.clear();
  }

  isRestageEntry(file: string): boolean {
    return file === this.#restageEntry;
  }

  ownerOf(file: string): Owner {
    const directory = dirname(file);
    const known = this.#owners.get(directory);
    if (known !== undefined) return known;
    const owner = this.#findOwner(file);
    this.#owners.set(directory, owner);
    return owner;
  }

  /** Whether the nearest package.json says that none of its modules has side effects. */
  isPure(file: string): boolean {
    return this.#nearest(dirname(file), () => true)?.sideEffects === false;
  }

  /** Relative to the root, with forward slashes. */
  pathOf(file: string): string {
    return relative(this.root, file).replaceAll(sep, '/');
  }

  /**
   * A name for the file that is the same on every machine: `src/score.ts`, or `my-lib/src/score.ts` in a package of
   * that name.
   */
  labelOf(file: string): string {
    const owner = this.ownerOf(file);
    if (owner.kind === 'project') return this.pathOf(file);
    return `${owner.name}/${relative(owner.directory, file).replaceAll(sep, '/')}`;
  }

  manifestIn(directory: string): Manifest | undefined {
    if (this.#manifests.has(directory)) return this.#manifests.get(directory);
    const manifest = readManifest(directory);
    if (manifest !== undefined) this.#consulted.add(join(directory, 'package.json'));
    this.#manifests.set(directory, manifest);
    return manifest;
  }

  #findOwner(file: string): Owner {
    const directory = dirname(file);
    // A nameless package.json ({"type": "module"}) marks a folder, not a package.
    const manifest = this.#nearest(directory, (it) => it.directory === this.root || it.name !== undefined);
    const name = manifest?.name ?? basename(manifest?.directory ?? directory);
    const owner = {
      name,
      version: manifest?.version ?? '0.0.0',
      directory: manifest?.directory ?? directory,
      pure: manifest?.sideEffects === false,
    };
    if (name === 'restage') {
      const restage = { ...owner, kind: 'restage', pure: true } as const;
      if (owner.directory !== this.root) return restage;
      // In restage's own repository, only the directory of the authoring entry is restage; the rest is a project that
      // uses it.
      const home = this.#restageEntry === undefined ? undefined : dirname(this.#restageEntry);
      if (home !== undefined && `${directory}${sep}`.startsWith(home + sep)) return restage;
    } else if (file.split(sep).includes('node_modules')) return { ...owner, kind: 'npm' };
    // A file that belongs to no package can only be the user's.
    if (manifest === undefined || owner.directory === this.root)
      return { ...owner, kind: 'project', directory: this.root };
    return { ...owner, kind: 'linked' };
  }

  #nearest(from: string, wanted: (manifest: Manifest) => boolean): Manifest | undefined {
    for (let directory = from; ; directory = dirname(directory)) {
      const manifest = this.manifestIn(directory);
      if (manifest !== undefined && wanted(manifest)) return manifest;
      if (dirname(directory) === directory) return undefined;
    }
  }
}

function readManifest(directory: string): Manifest | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, 'package.json'), 'utf8');
  } catch {
    return undefined;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  // A package.json that is not JSON still marks a directory; esbuild and npm report it in their own words.
  const fields = typeof parsed === 'object' && parsed !== null ? (parsed as Readonly<Record<string, unknown>>) : {};
  return {
    directory,
    name: typeof fields['name'] === 'string' && fields['name'] !== '' ? fields['name'] : undefined,
    version: typeof fields['version'] === 'string' ? fields['version'] : '0.0.0',
    sideEffects: fields['sideEffects'] !== false,
    main: typeof fields['main'] === 'string' ? fields['main'] : undefined,
    imports: stringsIn(fields['imports']),
  };
}

/** All texts in a tree of JSON. */
export function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

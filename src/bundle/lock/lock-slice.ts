/**
 * The part of npm's lock file that some packages need: exactly the versions on record, with their integrity, and all
 * that they depend on. `npm ci` installs it anywhere, each package where it was found.
 *
 * Only what a registry has can be installed by somebody else, so that is all that a slice may name.
 */
import { compareUtf8 } from '../../core/identity/canonical.ts';
import { BundleError } from '../../errors.ts';

/** A package that code on record reaches. */
export interface WantedPackage {
  readonly name: string;
  /** As the record has them: several where several installations were reached. Empty for any. */
  readonly versions: readonly string[];
}

/** A package of a lock file, with the members that a slice keeps. */
export interface LockedPackage {
  readonly version: string;
  readonly integrity: string;
  readonly [member: string]: unknown;
}

/** By its place, such as `node_modules/zod`. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>;

export interface LockSlice {
  /** What is installed by name; the others are there since these need them. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly packages: LockedPackages;
}

export const NOTHING_LOCKED: LockSlice = { dependencies: {}, packages: {} };

/** What `npm ci` reads; the rest of an entry is for people, or tells where it once came from. */
const KEPT = [
  'version',
  'resolved',
  'integrity',
  'name',
  'license',
  'hasInstallScript',
  'optional',
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'os',
  'cpu',
  'libc',
  'engines',
  'bin',
] as const;

const PLACE = /^node_modules\/(?:@[\w.~-]+\/)?[\w.~-]+(?:\/node_modules\/(?:@[\w.~-]+\/)?[\w.~-]+)*$/;
const INTEGRITY = /^sha512-[A-Za-z0-9+/]{86}==$/;

type Entries = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/**
 * @param lock a lock file of npm, versions 2 and 3
 * @param file its name, for sentences
 * @throws BundleError if a package is not in it, or comes from elsewhere than a registry
 */
export function sliceLock(lock: unknown, wanted: readonly WantedPackage[], file: string): LockSlice {
  if (wanted.length === 0) return NOTHING_LOCKED;
  const entries = entriesOf(lock, file);
  const roots = [...new Set(wanted.flatMap((each) => placesOf(entries, each, file)))].flatMap((place) =>
    withParents(place, entries),
  );
  const places = reachable(entries, roots);
  const top = [...new Set(roots)].filter((place) => !place.slice(1).includes('/node_modules/'));
  return {
    dependencies: Object.fromEntries(
      top.sort(compareUtf8).map((place) => [nameAt(place), versionOf(entries.get(place))!] as const),
    ),
    packages: Object.fromEntries(places.map((place) => [place, locked(entries.get(place)!, place, file)])),
  };
}

/** The files that `npm ci` installs from. */
export function lockTexts({ dependencies, packages }: LockSlice): { readonly manifest: string; readonly lock: string } {
  const root = { name: 'restage-bundle', version: '1.0.0', dependencies };
  return {
    manifest: json({ ...root, private: true, allowScripts: scripts(packages) }),
    lock: json({
      ...root,
      dependencies: undefined,
      lockfileVersion: 3,
      requires: true,
      packages: { '': root, ...packages },
    }),
  };
}

/** Newer versions of npm run the install scripts of packages that are named. */
function scripts(packages: LockedPackages): Readonly<Record<string, true>> {
  const places = Object.keys(packages).filter((place) => packages[place]!['hasInstallScript'] === true);
  return Object.fromEntries(places.map((place) => [nameAt(place), true]));
}

/**
 * The slice of a lock file that `lockTexts` wrote; undefined for any other text, whatever npm would make of it.
 */
export function parseLockSlice(text: string): LockSlice | undefined {
  try {
    const { packages } = JSON.parse(text) as { readonly packages?: Readonly<Record<string, LockedPackage>> };
    const { '': root, ...others } = packages ?? {};
    const dependencies = root?.['dependencies'] as Readonly<Record<string, string>>;
    const known = Object.entries(others).map(([place, entry]) => [place, locked(entry, place, '')] as const);
    const slice = { dependencies, packages: Object.fromEntries(known) };
    const isSound = Object.entries(dependencies).every(
      ([name, version]) => version === versionOf(others[`node_modules/${name}`]),
    );
    return isSound && lockTexts(slice).lock === text ? slice : undefined;
  } catch {
    return undefined;
  }
}

function entriesOf(lock: unknown, file: string): Entries {
  const packages = (lock as { readonly packages?: unknown } | null)?.packages;
  if (typeof packages !== 'object' || packages === null)
    throw new BundleError(`${file} is not a lock file of npm 7 or later; write one with: npm install.`);
  return new Map(Object.entries(packages as Readonly<Record<string, Readonly<Record<string, unknown>>>>));
}

/** Where the versions on record are, one place for each. @throws BundleError */
function placesOf(entries: Entries, { name, versions }: WantedPackage, file: string): readonly string[] {
  const called = [...entries].filter(([place]) => place !== '' && nameAt(place) === name);
  if (called.length === 0)
    throw new BundleError(
      `The package ${name}, which the stages import, is not in ${file}; install it, and make the bundle again.`,
    );
  if (versions.length === 0) return called.slice(0, 1).map(([place]) => place);
  return versions.flatMap((version) => {
    const places = called.filter(([, entry]) => entry['version'] === version).map(([place]) => place);
    if (places.length > 0) return places;
    const found = [...new Set(called.map(([, entry]) => String(entry['version'])))].join(' and ');
    throw new BundleError(
      `The stages were executed with ${name} ${version}, and ${file} has ${found}; install ${name}@${version}, or check out the project as it was, and make the bundle there.`,
    );
  });
}

/** A package below another one is found only from there. */
function withParents(place: string, entries: Entries): readonly string[] {
  const parts = place.split('/node_modules/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/node_modules/')).filter((each) => entries.has(each));
}

/** These places and those of all that they depend on, as Node finds it; sorted. */
function reachable(entries: Entries, roots: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const stack = [...roots];
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    if (found.has(place)) continue;
    found.add(place);
    const entry = entries.get(place)!;
    for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies'])
      for (const name of Object.keys((entry[kind] as object | undefined) ?? {})) {
        const target = resolve(entries, place, name);
        if (target !== undefined) stack.push(target);
      }
  }
  return [...found].sort(compareUtf8);
}

function resolve(entries: Entries, from: string, name: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const place = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (entries.has(place)) return place;
    if (at === '') return undefined;
  }
}

/** @throws BundleError for a package that a registry does not have */
function locked(entry: Readonly<Record<string, unknown>>, place: string, file: string): LockedPackage {
  const { version, integrity, resolved, link } = entry;
  const fromRegistry = resolved === undefined || (typeof resolved === 'string' && /^https?:\/\/[^\s]+$/.test(resolved));
  if (
    !PLACE.test(place) ||
    link === true ||
    !fromRegistry ||
    typeof version !== 'string' ||
    typeof integrity !== 'string' ||
    !INTEGRITY.test(integrity)
  )
    throw new BundleError(
      `The package ${nameAt(place)} at ${place} of ${file} does not come from a registry with a SHA-512, so nobody else can install the same; publish it, or move its code into the pipeline.`,
    );
  const kept = KEPT.flatMap((member) => (entry[member] === undefined ? [] : [[member, entry[member]] as const]));
  return Object.fromEntries(kept) as LockedPackage;
}

function nameAt(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** As a dependency names it: with the name of the package, where it is imported under another. */
function versionOf(entry: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const { name, version } = (entry ?? {}) as { readonly name?: string; readonly version?: string };
  return name === undefined ? version : `npm:${name}@${version}`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * The identity of each package that code reaches: what would be executed of it, and by what it is found. The same on
 * every machine where the same would be executed, however it was installed.
 *
 * A name may have several installations: two versions, or two copies of one. Then it also counts which code uses which.
 */
import { relative, sep } from 'node:path';
import { sha256 } from '../../../core/identity/digest.ts';
import type { PackageIdentity, PackageModule, PackagePlace, PackageReach } from './package-types.ts';

/** An import that remains in a text. */
export interface TextImport {
  /** As in the canonical text. */
  readonly specifier: string;
  /** Real path of what it leads to. */
  readonly file: string;
}

/** A use of an installation: from where, by what words, and which of its files is found. */
interface Use {
  readonly from: string | null;
  readonly by: readonly string[];
  readonly path: string;
}

interface Installation {
  readonly place: PackagePlace;
  readonly modules: readonly PackageModule[];
  /** What it uses, in a fixed order. */
  readonly uses: readonly { readonly by: readonly string[]; readonly file: string; readonly to: string }[];
}

/** Sorted by name, each name once. @param reaches of all files that are imported */
export function packageIdentities(
  imports: readonly TextImport[],
  reaches: readonly PackageReach[],
): readonly PackageIdentity[] {
  const installations = installationsIn(reaches);
  const placeOf = placeFinder(installations);
  const roots = imports
    .map(({ specifier, file }) => ({ by: [specifier], file, to: placeOf(file) }))
    .sort((a, b) => compare(a.by, b.by));
  const usesOf = (directory: string | null) => (directory === null ? roots : installations.get(directory)!.uses);
  const routes = routesFrom(usesOf);
  const byName = new Map<string, string[]>();
  for (const directory of routes.keys()) append(byName, installations.get(directory)!.place.name, directory);
  const label = (directory: string): string => {
    const { name } = installations.get(directory)!.place;
    return byName.get(name)!.length === 1 ? name : routes.get(directory)!;
  };
  const uses = new Map<string, Use[]>();
  for (const from of [null, ...routes.keys()])
    for (const { by, file, to } of usesOf(from))
      append(uses, to, { from: from === null ? null : label(from), by, path: pathIn(to, file) });
  return [...byName]
    .map(([name, directories]): PackageIdentity => {
      const isOne = directories.length === 1;
      const texts = directories.map((directory) =>
        JSON.stringify([contentOf(installations.get(directory)!, placeOf), usesText(uses.get(directory)!, isOne)]),
      );
      const versions = new Set(directories.map((directory) => installations.get(directory)!.place.version));
      return {
        name,
        version: [...versions].sort().join(' '),
        digest: sha256('restage/package/v1\0', texts.sort().join('\n')),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function installationsIn(reaches: readonly PackageReach[]): ReadonlyMap<string, Installation> {
  const places = new Map<string, PackagePlace>();
  const modules = new Map<string, PackageModule>();
  for (const reach of reaches) {
    for (const place of reach.places) {
      const known = places.get(place.directory);
      // One import may reach only what says all that it loads, another one more.
      places.set(place.directory, known === undefined ? place : widest(known, place));
    }
    for (const module of reach.modules) modules.set(module.file, module);
  }
  const placeOf = placeFinder(places);
  const modulesOf = new Map<string, PackageModule[]>();
  for (const module of modules.values()) append(modulesOf, placeOf(module.file), module);
  return new Map(
    [...places].map(([directory, place]) => {
      const own = (modulesOf.get(directory) ?? []).sort((a, b) => (a.file < b.file ? -1 : 1));
      const loaded = own.flatMap(({ file, loads }) =>
        loads.flatMap(([specifier, kind, target]) => {
          if (target === null) return [];
          const to = placeOf(target);
          return to === directory ? [] : [{ by: [specifier, kind, pathIn(directory, file)], file: target, to }];
        }),
      );
      const declared = place.declared.flatMap(([name, target]) =>
        target === null ? [] : [{ by: [name, 'declared'], file: target, to: target }],
      );
      const uses = [...loaded, ...declared].sort((a, b) => compare(a.by, b.by));
      return [directory, { place, modules: own, uses }];
    }),
  );
}

function widest(one: PackagePlace, other: PackagePlace): PackagePlace {
  return {
    ...one,
    whole: one.whole ?? other.whole,
    declared: one.declared.length > 0 ? one.declared : other.declared,
  };
}

/** The nearest of the directories above a file. */
function placeFinder(places: ReadonlyMap<string, unknown>): (file: string) => string {
  const known = new Map<string, string>();
  return (file) => {
    let found = known.get(file);
    if (found === undefined) {
      const parts = file.split(sep);
      for (let end = parts.length; end > 0 && found === undefined; end--) {
        const directory = parts.slice(0, end).join(sep);
        if (places.has(directory)) found = directory;
      }
      if (found === undefined) throw new Error(`internal error: no package of ${file}`);
      known.set(file, found);
    }
    return found;
  };
}

/**
 * A name for each installation that depends on no directory: the words by which it is found first, from the text on.
 */
function routesFrom(
  usesOf: (directory: string | null) => readonly { readonly by: readonly string[]; readonly to: string }[],
): ReadonlyMap<string, string> {
  const routes = new Map<string, string>();
  const queue: (readonly [directory: string | null, route: string])[] = [[null, '']];
  for (const [directory, route] of queue)
    for (const { by, to } of usesOf(directory)) {
      if (routes.has(to)) continue;
      const next = `${route}\n${JSON.stringify(by)}`;
      routes.set(to, next);
      queue.push([to, next]);
    }
  return routes;
}

/** What is executed of an installation. What it finds in another package belongs to that package. */
function contentOf({ place, modules }: Installation, placeOf: (file: string) => string): readonly unknown[] {
  const { directory, whole, declared } = place;
  return [
    modules.map(({ file, digest, type, loads }) => [
      pathIn(directory, file),
      digest,
      type,
      loads.map(([specifier, kind, target]) => [
        specifier,
        kind,
        target === null ? 'nothing' : placeOf(target) === directory ? pathIn(directory, target) : 'another package',
      ]),
    ]),
    whole,
    declared.map(([name, target]) => [name, target !== null]),
  ];
}

function usesText(uses: readonly Use[], isOne: boolean): readonly string[] {
  const texts = uses.map(({ from, by, path }) => {
    const [specifier, kind] = by;
    // Within one package, a path or a name with # means something of its own.
    const isOwn = /^[.#/]/.test(specifier!);
    return JSON.stringify(isOne && !isOwn ? [specifier, kind, path] : [from, by, path]);
  });
  return [...new Set(texts)].sort();
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function pathIn(directory: string, file: string): string {
  return relative(directory, file).replaceAll(sep, '/');
}

function compare(a: readonly string[], b: readonly string[]): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * Lays the packages of another manager's lock file out as npm does: each where Node finds the version that its
 * dependent was locked with. The result is what `packages` of npm's own lock file has.
 */
import { BundleError } from '../../errors.ts';

/** A package that some lock file names, with what it was locked with. */
export interface LockedNode {
  readonly name: string;
  readonly version: string;
  /** Members that npm's entry has as well, such as `integrity`, `os` and `engines`. */
  readonly about: Readonly<Record<string, unknown>>;
  /** By the name under which it is imported. */
  readonly needs: ReadonlyMap<string, Need>;
}

export interface Need {
  /** Of a node. */
  readonly id: string;
  /** Whether it may be missing, as what is made for another system. */
  readonly optional: boolean;
}

export type NpmEntry = Readonly<Record<string, unknown>>;

/** Versions that need each other in a circle could be laid out without end. */
const MOST_PLACES = 100_000;

/**
 * @param roots what the project itself depends on
 * @param file its name, for sentences
 * @throws BundleError
 */
export function hoistedPackages(
  nodes: ReadonlyMap<string, LockedNode>,
  roots: ReadonlyMap<string, Need>,
  file: string,
): Readonly<Record<string, NpmEntry>> {
  const places = new Map<string, string>();
  const needed = alwaysNeeded(nodes, roots);
  const put = (place: string, id: string): void => {
    places.set(place, id);
    if (places.size > MOST_PLACES)
      throw new BundleError(`${file} has packages that need each other without end; write one with: npm install.`);
  };
  for (const [name, { id }] of roots) if (nodes.has(id)) put(`node_modules/${name}`, id);
  // A map gives what is added meanwhile too: all that a place needs is laid out before anything below it.
  for (const [place, id] of places)
    for (const [name, need] of nodes.get(id)!.needs) {
      if (!nodes.has(need.id)) continue;
      const found = visibleFrom(places, place, name);
      if (found === undefined) put(`node_modules/${name}`, need.id);
      else if (found !== need.id) put(`${place}/node_modules/${name}`, need.id);
    }
  return Object.fromEntries(
    [...places].map(([place, id]) => [place, entry(place, nodes.get(id)!, needed.has(id), nodes)] as const),
  );
}

/** What Node would import there: of the nearest folder above. */
function visibleFrom(places: ReadonlyMap<string, string>, place: string, name: string): string | undefined {
  for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const found = places.get(at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`);
    if (found !== undefined || at === '') return found;
  }
}

/** npm takes it for a fault if a package cannot be installed on this system, unless it is marked as optional. */
function alwaysNeeded(nodes: ReadonlyMap<string, LockedNode>, roots: ReadonlyMap<string, Need>): ReadonlySet<string> {
  const found = new Set<string>();
  const stack = [...roots.values()];
  for (let need = stack.pop(); need !== undefined; need = stack.pop()) {
    if (need.optional || found.has(need.id)) continue;
    found.add(need.id);
    stack.push(...(nodes.get(need.id)?.needs.values() ?? []));
  }
  return found;
}

function entry(
  place: string,
  { name, version, about, needs }: LockedNode,
  isNeeded: boolean,
  nodes: ReadonlyMap<string, LockedNode>,
): NpmEntry {
  const isAlias = !place.endsWith(`node_modules/${name}`);
  return {
    version,
    ...(isAlias && { name }),
    ...about,
    ...(!isNeeded && { optional: true }),
    ...versions('dependencies', needs, nodes, false),
    ...versions('optionalDependencies', needs, nodes, true),
  };
}

/** Exact versions, which npm finds installed; the ranges of authors may have been overridden. */
function versions(
  member: string,
  needs: ReadonlyMap<string, Need>,
  nodes: ReadonlyMap<string, LockedNode>,
  optional: boolean,
): NpmEntry {
  const own = [...needs].flatMap(([name, need]) => {
    const node = nodes.get(need.id);
    if (node === undefined || need.optional !== optional) return [];
    return [[name, node.name === name ? node.version : `npm:${node.name}@${node.version}`] as const];
  });
  return own.length === 0 ? {} : { [member]: Object.fromEntries(own) };
}

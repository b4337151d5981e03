/** Reads pnpm-lock.yaml of pnpm 9 and later, as the packages that npm would install. */
import { parse } from 'yaml';
import { BundleError } from '../../errors.ts';
import { hoistedPackages, type LockedNode, type Need, type NpmEntry } from './hoisted-packages.ts';

type ById<T> = Readonly<Record<string, T>>;

interface PnpmLock {
  readonly lockfileVersion?: unknown;
  /** By the folder of a project, `.` for the lock file's own. */
  readonly importers?: ById<{
    readonly dependencies?: ById<{ readonly version: string }>;
    readonly devDependencies?: ById<{ readonly version: string }>;
    readonly optionalDependencies?: ById<{ readonly version: string }>;
  }>;
  /** By name and version. */
  readonly packages?: ById<
    NpmEntry & { readonly resolution?: { readonly integrity?: string; readonly tarball?: string } }
  >;
  /** By name and version, and by the peers that it was installed with in brackets. */
  readonly snapshots?: ById<{
    readonly dependencies?: ById<string>;
    readonly optionalDependencies?: ById<string>;
  }>;
}

/** A value may stand for others by an alias, which pnpm never writes. */
const MOST_ALIASES = 0;

/**
 * @param folder of the project, relative to the lock file; `.` for the same
 * @returns `packages` as npm's lock file has it. A dependency that is a folder is a link there.
 * @throws BundleError if it is not such a file
 */
export function packagesOfPnpm(text: string, folder: string, file: string): Readonly<Record<string, NpmEntry>> {
  const lock = parse(text, { maxAliasCount: MOST_ALIASES }) as PnpmLock | null;
  const version = String(lock?.lockfileVersion);
  if (!/^9\./.test(version))
    throw new BundleError(
      `${file} is of lockfileVersion ${version}, and restage reads 9.0, of pnpm 9 and later; write it again with one of those: pnpm install.`,
    );
  const importer = lock?.importers?.[folder];
  if (importer === undefined)
    throw new BundleError(`${file} has no project in ${folder}; write it again with: pnpm install.`);
  const nodes = nodesOf(lock!);
  const roots = new Map<string, Need>();
  for (const kind of ['devDependencies', 'optionalDependencies', 'dependencies'] as const)
    for (const [name, { version: given }] of Object.entries(importer[kind] ?? {}))
      roots.set(name, { id: idOf(name, given, nodes), optional: kind === 'optionalDependencies' });
  const packages = hoistedPackages(nodes, roots, file);
  const links = [...roots].filter(([, { id }]) => !nodes.has(id)).map(([name]) => `node_modules/${name}`);
  return { ...packages, ...Object.fromEntries(links.map((place) => [place, { link: true }])) };
}

function nodesOf({ packages = {}, snapshots = {} }: PnpmLock): ReadonlyMap<string, LockedNode> {
  const ids = new Set(Object.keys(snapshots));
  return new Map(
    [...ids].map((id) => {
      const key = id.replace(/\(.*$/s, '');
      const { resolution, os, cpu, libc, engines } = packages[key] ?? {};
      const at = key.indexOf('@', 1);
      const { dependencies = {}, optionalDependencies = {} } = snapshots[id]!;
      const needs = new Map<string, Need>();
      for (const [name, given] of Object.entries(dependencies))
        needs.set(name, { id: idOf(name, given, ids), optional: false });
      for (const [name, given] of Object.entries(optionalDependencies))
        needs.set(name, { id: idOf(name, given, ids), optional: true });
      const about = { resolved: resolution?.tarball, integrity: resolution?.integrity, os, cpu, libc, engines };
      const known = Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined));
      return [id, { name: key.slice(0, at), version: key.slice(at + 1), about: known, needs }] as const;
    }),
  );
}

/** `1.2.3`, `1.2.3(peer@1.0.0)`, or with the name of the package, where it is imported under another. */
function idOf(name: string, given: string, ids: { has(id: string): boolean }): string {
  const own = `${name}@${given}`;
  return ids.has(own) ? own : given;
}

/** Reads yarn.lock of Yarn 1, as the packages that npm would install. */
import { BundleError } from '../../errors.ts';
import { hoistedPackages, type LockedNode, type Need, type NpmEntry } from './hoisted-packages.ts';

/** What a project's package.json asks for: ranges by name. */
export interface AskedFor {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** `kit@^1.0.0`, several of which may have come to one version. */
interface Entry {
  readonly asked: readonly string[];
  readonly values: Map<string, string>;
  readonly needs: Map<string, { readonly range: string; readonly optional: boolean }>;
}

/** Registries that have the same packages as whatever registry npm was told to take. */
const PUBLIC = /^https:\/\/registry\.(?:yarnpkg\.com|npmjs\.org)\//;

/**
 * @returns `packages` as npm's lock file has it
 * @throws BundleError if it is not such a file: later versions of Yarn keep checksums of archives of their own
 */
export function packagesOfYarn(text: string, asked: AskedFor, file: string): Readonly<Record<string, NpmEntry>> {
  if (!/^# yarn lockfile v1$/m.test(text))
    throw new BundleError(
      `${file} is not of Yarn 1, and those of later versions do not say the SHA-512 of what a registry has; write a lock file of npm for the bundle with: npm install --package-lock-only.`,
    );
  const entries = entriesOf(text, file);
  const idOf = new Map(entries.flatMap(({ asked: words }) => words.map((word) => [word, words[0]!] as const)));
  const needOf = (name: string, range: string, optional: boolean): Need => ({
    id: idOf.get(`${name}@${range}`) ?? '',
    optional,
  });
  const nodes = new Map(
    entries.map((entry): readonly [string, LockedNode] => {
      const needs = [...entry.needs].map(
        ([name, { range, optional }]) => [name, needOf(name, range, optional)] as const,
      );
      return [entry.asked[0]!, { ...aboutOf(entry), needs: new Map(needs) }];
    }),
  );
  const roots = new Map<string, Need>();
  for (const kind of ['devDependencies', 'optionalDependencies', 'dependencies'] as const)
    for (const [name, range] of Object.entries(asked[kind] ?? {}))
      roots.set(name, needOf(name, range, kind === 'optionalDependencies'));
  return hoistedPackages(nodes, roots, file);
}

function aboutOf({ asked, values }: Entry): Omit<LockedNode, 'needs'> {
  const [word] = asked;
  const at = word!.indexOf('@', 1);
  const alias = /^npm:(.+)@/.exec(word!.slice(at + 1))?.[1];
  const resolved = values.get('resolved')?.replace(/#.*$/, '');
  const about = {
    resolved: resolved === undefined || PUBLIC.test(resolved) ? undefined : resolved,
    // A package of a folder or of git has no digest of its archive.
    integrity: values.get('integrity'),
  };
  return {
    name: alias ?? word!.slice(0, at),
    version: values.get('version') ?? '',
    about: Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined)),
  };
}

/** Blocks: a line of what was asked for, values two spaces below it, and needs four. @throws BundleError */
function entriesOf(text: string, file: string): readonly Entry[] {
  const entries: Entry[] = [];
  let section = '';
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const indent = line.search(/\S/);
    const entry = entries.at(-1);
    if (indent === 0 && line.endsWith(':'))
      entries.push({ asked: line.slice(0, -1).split(', ').map(plain), values: new Map(), needs: new Map() });
    else if (indent === 2 && line.endsWith(':')) section = line.trim().slice(0, -1);
    else if (entry !== undefined && (indent === 2 || indent === 4)) {
      const [, name, value] = /^\s+("[^"]*"|\S+) (.*)$/.exec(line) ?? [];
      if (name === undefined) throw unread(file, index);
      if (indent === 2) entry.values.set(plain(name), plain(value!));
      else entry.needs.set(plain(name), { range: plain(value!), optional: section === 'optionalDependencies' });
    } else throw unread(file, index);
  }
  return entries;
}

function plain(word: string): string {
  return word.startsWith('"') && word.endsWith('"') ? word.slice(1, -1) : word;
}

function unread(file: string, index: number): BundleError {
  return new BundleError(
    `${file} cannot be read: line ${index + 1} is not as Yarn 1 writes it; write it again with: yarn install.`,
  );
}

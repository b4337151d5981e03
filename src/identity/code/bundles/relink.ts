/**
 * Canonical text on record, made executable again: each specifier leads to what it names on this machine today. The
 * text is what it was; its packages may not be, and their identities say so.
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Digest } from '../../../core/identity/digest.ts';
import { RepeatError } from '../../../errors.ts';
import { restageRoot } from '../../environment/package-root.ts';
import type { PackageIdentity } from '../packages/package-types.ts';
import type { Link } from './bundle-types.ts';
import { build } from '../text/esbuild.ts';
import type { Installed } from './installed.ts';
import { FILE_CONTENT, link, MODULE_URL, specifiersIn, unlink } from './link.ts';
import { PackageOwners } from '../resolution/package-owners.ts';
import { packageIdentities, type TextImport } from '../packages/closure.ts';
import { isFile, realPath } from '../resolution/ways.ts';
import { RESOLVE_OPTIONS } from '../sources/source-graph.ts';
import { packageName } from '../resolution/specifiers.ts';

export interface TextOnRecord {
  /** Canonical text, as it was hashed. */
  readonly text: string;
  readonly stage: string;
  /** Directory of the project. */
  readonly root: string;
  /**
   * The files that it was linked from, relative to the root, the stage's module first. They need not exist any more.
   */
  readonly files: readonly string[];
  /** Path of a file with this content, which the text names by its URL. */
  readonly fileOf: (content: Digest, name: string) => string;
}

export interface Relinked {
  /** Can be imported from anywhere on this machine. */
  readonly executable: string;
  readonly links: readonly Link[];
  /** What the packages are now, sorted by name. */
  readonly packages: readonly PackageIdentity[];
}

/** @throws RepeatError if a package is not there, or DefinitionError if one changes meanwhile */
export async function relinkText(record: TextOnRecord, { addressOf, reachOf }: Installed): Promise<Relinked> {
  const { text, root, files, stage } = record;
  const owners = new PackageOwners(join(root, files[0]!));
  const links: Link[] = [];
  const imports: TextImport[] = [];
  const wanted = specifiersIn(text).filter((specifier) => !specifier.startsWith('node:'));
  const packages = wanted.filter((specifier) => ownLink(record, specifier) === undefined);
  const found = await findPackages(packages, directoriesOf(root, files));
  for (const specifier of wanted) {
    const own = ownLink(record, specifier);
    if (own !== undefined) {
      links.push({ specifier, url: own });
      continue;
    }
    const file = found.get(specifier);
    if (file === undefined) {
      // What an import() does not find, the text finds out by itself.
      if (isOnlyDynamic(text, specifier)) continue;
      throw new RepeatError(
        `Stage ${stage} on record imports ${specifier}, which is not found from ${root}; install the package again.`,
      );
    }
    if (specifier === 'restage') links.push({ specifier, url: pathToFileURL(file).href });
    else {
      links.push({ specifier, url: await addressOf(owners.ownerOf(file).name, file) });
      imports.push({ specifier, file });
    }
  }
  const executable = link(text, links);
  if (unlink(executable, links) !== text)
    throw new RepeatError(
      `Two names of packages in the code of stage ${stage} on record lead to one file today; install them again as they were.`,
    );
  const reaches = await Promise.all([...new Set(imports.map(({ file }) => file))].map(reachOf));
  return { executable, links, packages: packageIdentities(imports, reaches) };
}

/** The URL of a module of the project, or of a file that the text names; undefined for a package. */
function ownLink({ root, fileOf }: TextOnRecord, specifier: string): string | undefined {
  if (specifier.startsWith(MODULE_URL)) return pathToFileURL(join(root, specifier.slice(MODULE_URL.length))).href;
  if (!specifier.startsWith(FILE_CONTENT)) return undefined;
  const [digest = '', name = ''] = specifier.slice(FILE_CONTENT.length).split('/');
  return pathToFileURL(fileOf(digest as Digest, name)).href;
}

/** Where the text's modules were, as far as those folders exist. */
function directoriesOf(root: string, files: readonly string[]): readonly string[] {
  const nearest = (directory: string): string =>
    existsSync(directory) || directory === dirname(directory) ? directory : nearest(dirname(directory));
  return [...new Set([...files.map((file) => nearest(dirname(join(root, file)))), root])];
}

/** The real path of what each specifier leads to. `name#2` is the second installation that is found under the name. */
async function findPackages(
  specifiers: readonly string[],
  directories: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  if (specifiers.length === 0) return found;
  await build({
    ...RESOLVE_OPTIONS,
    stdin: { contents: '' },
    plugins: [
      {
        name: 'restage-relink',
        setup(setup) {
          setup.onStart(async () => {
            for (const specifier of specifiers) {
              const [, name = specifier, number = '1'] = /^(.+)#(\d+)$/.exec(specifier) ?? [];
              const from = name === 'restage' ? [...directories, restageRoot()] : directories;
              const files = new Set<string>();
              for (const directory of from) {
                const { path, errors } = await setup.resolve(name, { kind: 'import-statement', resolveDir: directory });
                const file = errors.length === 0 && isFile(path) ? realpathSync(path) : fileNamed(name, directory);
                if (file !== undefined) files.add(file);
              }
              const file = [...files][Number(number) - 1];
              if (file !== undefined) found.set(specifier, file);
            }
          });
        },
      },
    ],
  });
  return found;
}

/** A file inside a package, as text names one that is imported by a path: whatever the package exports. */
function fileNamed(name: string, from: string): string | undefined {
  if (name.startsWith('file:')) return fileURLToPath(name);
  if (packageName(name) === undefined) return undefined;
  for (let directory = from; ; directory = dirname(directory)) {
    const file = realPath(join(directory, 'node_modules', name));
    if (file !== null && isFile(file)) return file;
    if (dirname(directory) === directory) return undefined;
  }
}

function isOnlyDynamic(text: string, specifier: string): boolean {
  return !specifiersIn(text, 'static').includes(specifier);
}

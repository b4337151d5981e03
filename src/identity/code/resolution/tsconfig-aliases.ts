/**
 * The paths that an import may mean by `paths` and `baseUrl` of the tsconfig.json nearest to it. esbuild resolves
 * imports; this only knows where it looks, so that a file which newly appears at one of these places is noticed.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { extendedBy, TSCONFIG_NAMES } from './tsconfig-files.ts';

interface Aliases {
  /** Absolute; undefined without one. */
  readonly baseUrl: string | undefined;
  /** Patterns such as `@/*`, each with the absolute patterns of its targets. */
  readonly paths: readonly (readonly [pattern: string, targets: readonly string[]])[];
}

const NONE: Aliases = { baseUrl: undefined, paths: [] };
/** Files that extend each other in a circle. */
const DEEPEST = 20;

export class TsconfigAliases {
  readonly #byDirectory = new Map<string, Aliases>();

  /** Absolute paths without regard to extensions, in no order. */
  candidates(specifier: string, from: string): readonly string[] {
    const { baseUrl, paths } = this.#aliasesOf(from);
    const aliased = paths.flatMap(([pattern, targets]) => {
      const matched = match(pattern, specifier);
      return matched === undefined ? [] : targets.map((target) => target.replace('*', () => matched));
    });
    return [...aliased, ...(baseUrl === undefined ? [] : [join(baseUrl, specifier)])];
  }

  #aliasesOf(directory: string): Aliases {
    let aliases = this.#byDirectory.get(directory);
    if (aliases === undefined) {
      const file = TSCONFIG_NAMES.map((name) => join(directory, name)).find(
        (each) => statSync(each, { throwIfNoEntry: false })?.isFile() === true,
      );
      const above = dirname(directory);
      aliases = file !== undefined ? read(file, 0) : above === directory ? NONE : this.#aliasesOf(above);
      this.#byDirectory.set(directory, aliases);
    }
    return aliases;
  }
}

/** What a file says counts before what it extends. */
function read(file: string, depth: number): Aliases {
  const { baseUrl, paths } = optionsOf(file);
  const below = depth < DEEPEST ? extendedBy(file).map((each) => read(each, depth + 1)) : [];
  const base =
    baseUrl === undefined
      ? below.findLast((each) => each.baseUrl !== undefined)?.baseUrl
      : resolve(dirname(file), baseUrl);
  if (paths === undefined)
    return { baseUrl: base, paths: below.findLast((each) => each.paths.length > 0)?.paths ?? [] };
  const targetsFrom = base ?? dirname(file);
  return {
    baseUrl: base,
    paths: Object.entries(paths).map(([pattern, targets]) => [
      pattern,
      targets.map((target) => resolve(targetsFrom, target)),
    ]),
  };
}

interface Options {
  readonly baseUrl?: string;
  readonly paths?: Readonly<Record<string, readonly string[]>>;
}

/** Nothing of a file that cannot be read, or says something else: esbuild refuses or ignores it. */
function optionsOf(file: string): Options {
  let options: unknown;
  try {
    const value: unknown = JSON.parse(withoutComments(readFileSync(file, 'utf8')));
    options = (value as { readonly compilerOptions?: unknown } | null)?.compilerOptions;
  } catch {
    return {};
  }
  const { baseUrl, paths } = (options ?? {}) as { readonly baseUrl?: unknown; readonly paths?: unknown };
  const lists = Object.entries(typeof paths === 'object' && paths !== null ? paths : {}).map(
    ([pattern, targets]) =>
      [pattern, Array.isArray(targets) ? targets.filter((target) => typeof target === 'string') : []] as const,
  );
  return {
    ...(typeof baseUrl === 'string' ? { baseUrl } : {}),
    ...(typeof paths === 'object' && paths !== null ? { paths: Object.fromEntries(lists) } : {}),
  };
}

/** Of JSON with comments and commas at the ends of lists, JSON. */
function withoutComments(text: string): string {
  const plain = text.replace(/^\uFEFF/, '').replace(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, keptText);
  return plain.replace(/"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/g, keptText);
}

function keptText(part: string): string {
  return part.startsWith('"') ? part : '';
}

/** What the `*` of the pattern stands for; empty for a pattern without one. */
function match(pattern: string, specifier: string): string | undefined {
  const at = pattern.indexOf('*');
  if (at < 0) return pattern === specifier ? '' : undefined;
  const [before, after] = [pattern.slice(0, at), pattern.slice(at + 1)];
  const fits =
    specifier.length >= before.length + after.length && specifier.startsWith(before) && specifier.endsWith(after);
  return fits ? specifier.slice(before.length, specifier.length - after.length) : undefined;
}

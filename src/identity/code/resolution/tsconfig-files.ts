/**
 * The tsconfig.json files that decide what an import leads to, by `paths` and `baseUrl`. esbuild reads them itself;
 * this finds which ones, so that a change of them is noticed.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

export const TSCONFIG_NAMES = ['tsconfig.json', 'jsconfig.json'] as const;

export class TsconfigFiles {
  readonly #directories = new Set<string>();
  readonly #files = new Set<string>();
  readonly #absent = new Set<string>();

  /** The files that were found. */
  get files(): ReadonlySet<string> {
    return this.#files;
  }

  /** Paths where one would take precedence. */
  get absent(): ReadonlySet<string> {
    return this.#absent;
  }

  /** Notes those that matter for imports in a directory: the nearest one, and what it extends. */
  noteFor(from: string): void {
    for (let directory = from; !this.#directories.has(directory); directory = dirname(directory)) {
      this.#directories.add(directory);
      const found = TSCONFIG_NAMES.find((name) => this.#note(join(directory, name)));
      if (found !== undefined || dirname(directory) === directory) return;
    }
  }

  #note(file: string): boolean {
    if (this.#files.has(file)) return true;
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
      this.#absent.add(file);
      return false;
    }
    this.#files.add(file);
    for (const extended of extendedBy(file)) this.#note(extended);
    return true;
  }
}

/** Comments are not JSON, so the member is looked for in the text; one in a comment does no harm. */
export function extendedBy(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  const found = /"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/g;
  return [...text.matchAll(found)].flatMap(([, value = '']) =>
    [...value.matchAll(/"([^"]*)"/g)].flatMap(([, specifier = '']) => target(specifier, file)),
  );
}

function target(specifier: string, file: string): readonly string[] {
  if (/^(?:\.|\/)/.test(specifier)) {
    const path = resolve(dirname(file), specifier);
    return [existsSync(path) || path.endsWith('.json') ? path : `${path}.json`];
  }
  const require = createRequire(file);
  for (const candidate of [specifier, `${specifier}.json`, `${specifier}/tsconfig.json`])
    try {
      return [require.resolve(candidate)];
    } catch {
      // The next form.
    }
  return [];
}

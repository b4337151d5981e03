/**
 * The way by which code came in: from a stage's module over its imports to a file, read from the sources on record.
 *
 * A relative import leads to the file that it names. Where another one leads (`#scale`, `paths` of tsconfig.json, a
 * linked package) is not on record: the source counts whose path ends with it, or the index of a folder called so.
 */
import { posix } from 'node:path';
import { withoutComments } from './code-words.ts';

/** Text by path, relative to the project. */
export type SourceTexts = ReadonlyMap<string, string>;

const IMPORTED =
  /\bfrom\s*(?<quote>['"])(?<from>[^'"\n]+)\k<quote>|\b(?:import|require)\s*\(?\s*(?<mark>['"])(?<of>[^'"\n]+)\k<mark>|\bnew\s+URL\s*\(\s*(?<sign>['"])(?<url>[^'"\n]+)\k<sign>\s*,\s*import\.meta\.url/g;

/** What a source imports, and the files that it names by URL. */
export function specifiersIn(source: string): readonly string[] {
  const found = [...withoutComments(source).matchAll(IMPORTED)];
  return found.map(({ groups }) => groups!['from'] ?? groups!['of'] ?? groups!['url']!);
}

/** The shortest way, both ends included; undefined where the sources on record show none. */
export function importWay(sources: SourceTexts, from: string, to: string): readonly string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[from, undefined]]);
  for (const at of cameFrom.keys()) {
    if (at === to) return wayTo(to, cameFrom);
    for (const specifier of specifiersIn(sources.get(at) ?? '')) {
      const target = fileOf(specifier, at, sources);
      if (target !== undefined && !cameFrom.has(target)) cameFrom.set(target, at);
    }
  }
  return undefined;
}

function wayTo(to: string, cameFrom: ReadonlyMap<string, string | undefined>): readonly string[] {
  const way = [to];
  for (let at = cameFrom.get(to); at !== undefined; at = cameFrom.get(at)) way.unshift(at);
  return way;
}

const ENDINGS = ['', '.ts', '.tsx', '.mts', '.js', '.mjs', '.jsx', '.json', '/index.ts', '/index.tsx', '/index.js'];

function fileOf(specifier: string, at: string, sources: SourceTexts): string | undefined {
  if (/^\.{1,2}(\/|$)/.test(specifier)) {
    const path = posix.join(posix.dirname(at), specifier);
    return ENDINGS.map((ending) => path + ending).find((file) => sources.has(file)) ?? written(path, sources);
  }
  const name = specifier.replace(/^(?:[#@~]\/?|\/)/, '');
  return [...sources.keys()].find((file) =>
    ENDINGS.some((ending) => file === name + ending || file.endsWith(`/${name}${ending}`)),
  );
}

/** TypeScript lets a source be imported by the name of what it is compiled to. */
function written(path: string, sources: SourceTexts): string | undefined {
  const source = path.replace(/\.([mc]?)js(x?)$/, '.$1ts$2');
  return source !== path && sources.has(source) ? source : undefined;
}

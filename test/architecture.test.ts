import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  readonly file: string;
  readonly specifier: string;
  /** Path relative to the root, for a relative import. */
  readonly target: string | undefined;
  readonly dynamic: boolean;
  readonly typeOnly: boolean;
}

const sources = [...filesOf('src'), ...filesOf('pipelines')];
const imports = sources.flatMap(importsOf);

/** Which floor may import which others; `errors` and `events` are open to all. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  store: ['core'],
  io: ['core'],
  ml: ['core'],
  engine: ['core', 'store'],
  report: ['core', 'store', 'engine'],
  ui: ['core', 'store', 'engine', 'report'],
  cli: ['core', 'store', 'engine', 'report', 'ui', 'io', 'ml'],
};

/** Which npm package may be imported where. */
const PACKAGES: readonly (readonly [RegExp, readonly RegExp[]])[] = [
  [/^better-sqlite3$/, [/^src\/store\//]],
  [/^@tensorflow\//, [/^src\/ml\//]],
  [/^(ink|react)$/, [/^src\/ui\//]],
  [/^hyparquet(-writer)?$/, [/^src\/io\//]],
  [/^commander$/, [/^src\/cli\//]],
  [/^(esbuild|acorn|magic-string)$/, [/^src\/engine\/code\//]],
  [/^graphology(-dag)?$/, [/^src\/core\/build-graph\.ts$/]],
  [/^object-hash$/, [/^src\/core\/canonical\.ts$/]],
  [/^@hpcc-js\/wasm-graphviz$/, [/^src\/report\//]],
  [/^zod$/, [/^src\/core\//, /^src\/ml\//, /^src\/io\//, /^pipelines\//, /^src\/cli\/init\/template\//]],
  [/^vitest$/, [/^src\/cli\/init\/template\//]],
];

describe('the floors of the code', () => {
  test('are seen at all', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(200);
    for (const floor of Object.keys(FLOORS))
      expect(sources.some((file) => file.startsWith(`src/${floor}/`))).toBe(true);
  });

  test('hold: nothing imports from a floor above its own', () => {
    const wrong = imports.flatMap(({ file, target, dynamic, typeOnly }) => {
      const from = floorOf(file);
      const to = target === undefined ? undefined : floorOf(target);
      if (from === undefined || to === undefined || from === to || FLOORS[from]!.includes(to)) return [];
      // The engine loads ml only where something is computed, by dynamic import.
      if (from === 'engine' && to === 'ml' && (dynamic || typeOnly)) return [];
      return [`${file} imports ${target}`];
    });
    expect(wrong).toEqual([]);
  });

  test('hold for packages too', () => {
    const wrong = imports.flatMap(({ file, specifier }) => {
      const rule = PACKAGES.find(([pattern]) => pattern.test(specifier));
      return rule === undefined || rule[1].some((place) => place.test(file)) ? [] : [`${file} imports ${specifier}`];
    });
    expect(wrong).toEqual([]);
  });

  test('leave no package without a rule', () => {
    const packages = imports
      .map(({ specifier }) => specifier)
      .filter(
        (specifier) =>
          !specifier.startsWith('.') && !specifier.startsWith('node:') && !/^restage(\/|$)/.test(specifier),
      );
    expect(packages.filter((specifier) => !PACKAGES.some(([pattern]) => pattern.test(specifier)))).toEqual([]);
  });

  test('give pipelines nothing but the public entries, zod and node:', () => {
    const wrong = imports.filter(
      ({ file, specifier, target }) =>
        file.startsWith('pipelines/') &&
        !(target?.startsWith('pipelines/') ?? /^(restage|restage\/ml|restage\/io|zod|node:.*)$/.test(specifier)),
    );
    expect(wrong).toEqual([]);
  });

  test('keep ml and core free of the file system, ml of physics, and stages of clock and chance', () => {
    const clocked = sources.filter(
      (file) =>
        /^(src\/ml|src\/io|pipelines)\//.test(file) && /\b(Math\.random|Date\.now|performance\.now)\b/.test(read(file)),
    );
    expect(clocked).toEqual([]);
    const physical = sources.filter(
      (file) => file.startsWith('src/ml/') && /\b(higgs|jet|tau|lepton)\b/i.test(read(file)),
    );
    expect(physical).toEqual([]);
  });

  test('take no function from Math whose bits JavaScript leaves to the engine', () => {
    const vague = /\bMath\.(a?(sin|cos|tan)h?|atan2|exp|expm1|log(1p|2|10)?|pow|cbrt|hypot)\b/;
    const computing = sources.filter(
      (file) => /^(src\/(ml|core)|pipelines)\//.test(file) && !file.includes('/tensorflow-'),
    );
    expect(computing.filter((file) => vague.test(read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')))).toEqual([]);
  });

  test('name Node builtins with node:', () => {
    expect(imports.filter(({ specifier }) => builtinModules.includes(specifier))).toEqual([]);
  });

  test('have no barrel but the public entries', () => {
    const entries = ['src/index.ts', 'src/io/index.ts', 'src/ml/index.ts'];
    expect(sources.filter((file) => /(^|\/)index\.ts$/.test(file) && file.startsWith('src/')).sort()).toEqual(entries);
  });

  test('begin every file with a comment that says what it owns', () => {
    const silent = sources.filter((file) => !/^(#!.*\n)?\/\*\*/.test(read(file)));
    expect(silent).toEqual([]);
  });

  test('keep files short enough to own one thing', () => {
    expect(sources.filter((file) => read(file).split('\n').length > 500)).toEqual([]);
  });
});

function filesOf(directory: string): readonly string[] {
  return readdirSync(join(ROOT, directory), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function importsOf(file: string): readonly Import[] {
  const text = read(file).replace(/\/\*[\s\S]*?\*\//g, '');
  const found: Import[] = [];
  const add = (specifier: string, dynamic: boolean, typeOnly: boolean): void => {
    const target = specifier.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), specifier)) : undefined;
    found.push({ file, specifier, target, dynamic, typeOnly });
  };
  for (const match of text.matchAll(/^\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s+'([^']+)'/gm))
    add(match[2]!, false, match[1] !== undefined);
  for (const match of text.matchAll(/^\s*import\s+'([^']+)'/gm)) add(match[1]!, false, false);
  for (const match of text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)) add(match[1]!, true, false);
  return found;
}

function floorOf(file: string): string | undefined {
  return /^src\/([a-z]+)\//.exec(file)?.[1];
}

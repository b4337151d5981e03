/**
 * The rules of the house as functions of the sources: which room may import which, which package may be imported where,
 * no circles, no barrels, no long files. The test runs them on the real sources, and on sources with planted
 * violations.
 */
import { builtinModules } from 'node:module';
import { dirname } from 'node:path/posix';
import { FLOORS, LAZY } from './floors.ts';
import { type Import, importsIn, type Sources } from './imports.ts';

/** Which npm package may be imported where. */
const PACKAGES: readonly (readonly [RegExp, readonly RegExp[]])[] = [
  [/^better-sqlite3(?:-node-api)?$/, [/^src\/store\//]],
  [/^@tensorflow\//, [/^src\/ml\//]],
  [/^(ink|react)$/, [/^src\/ui\//]],
  [/^hyparquet(-writer)?$/, [/^src\/io\//]],
  [/^fflate$/, [/^src\/io\//, /^src\/bundle\/archive\//]],
  [/^(?:aws4fetch|saxes)$/, [/^src\/remote\/places\/s3\//]],
  [/^yaml$/, [/^src\/planning\/definition\/yaml-setting\.ts$/, /^src\/bundle\/lock\/pnpm-lock\.ts$/]],
  [/^commander$/, [/^src\/cli\//]],
  [/^diff(?:\/|$)/, [/^src\/audit\/change\//]],
  [/^(?:@observablehq\/plot|linkedom)$/, [/^src\/report\//]],
  [/^(esbuild|acorn|magic-string|(?:cjs|es)-module-lexer|@jridgewell\/sourcemap-codec)$/, [/^src\/identity\/code\//]],
  [/^object-hash$/, [/^src\/core\/identity\/canonical\.ts$/]],
  [/^@hpcc-js\/wasm-graphviz$/, [/^src\/report\//]],
  [
    /^zod$/,
    [
      /^src\/core\//,
      /^src\/ml\//,
      /^src\/io\//,
      /^src\/bundle\/manifest\.ts$/,
      /^pipelines\//,
      /^src\/cli\/init\/template\//,
    ],
  ],
  [/^vitest$/, [/^src\/cli\/init\/template\//]],
];

const ENTRIES = ['src/index.ts', 'src/io/index.ts', 'src/ml/index.ts'];
const LONGEST_FILE = 350;

/** Files of a folder: with more, a newcomer reads a list and not a room. */
const MOST_FILES = 25;
/** One file for each of what they are named for. */
const LISTS: readonly string[] = ['src/cli/verbs', 'src/store/database/migrations'];

export const ROOMS = Object.keys(FLOORS);

/** What all may import. */
const OPEN: readonly string[] = ['errors.ts', 'events.ts'];

/** The room of a file of `src`; undefined for other files. */
export function roomOf(file: string): string | undefined {
  const path = /^src\/(.+)$/.exec(file)?.[1];
  if (path === undefined) return undefined;
  return path in FLOORS || !path.includes('/') ? path : dirname(path);
}

/** `room/` is the folder's own files, `room` the folder with all below it. */
function covers(allowed: string, room: string): boolean {
  return allowed === room || allowed === `${room}/` || room.startsWith(`${allowed}/`);
}

/** Files in rooms without a row, and imports that go up a floor, or sideways. */
export function wrongFloors(sources: Sources): readonly string[] {
  const homeless = [...sources.keys()].filter((file) => !((roomOf(file) ?? 'errors.ts') in FLOORS));
  const wrong = importsIn(sources).flatMap(({ file, target, dynamic, typeOnly }) => {
    const from = roomOf(file);
    const to = target === undefined ? undefined : roomOf(target);
    if (from === undefined || to === undefined || from === to || OPEN.includes(to)) return [];
    if (FLOORS[from]?.some((allowed) => covers(allowed, to)) !== false) return [];
    if ((dynamic || typeOnly) && LAZY.some(([source, goal]) => source === from && covers(goal, to))) return [];
    return [`${file} imports ${target}`];
  });
  return [...homeless.map((file) => `${file} is in a folder without a row in test/architecture/floors.ts`), ...wrong];
}

export function wrongPackages(sources: Sources): readonly string[] {
  return packageImports(sources).flatMap(({ file, specifier }) => {
    const rule = PACKAGES.find(([pattern]) => pattern.test(specifier));
    if (rule === undefined) return [`${file} imports ${specifier}, for which there is no rule`];
    return rule[1].some((place) => place.test(file)) ? [] : [`${file} imports ${specifier}`];
  });
}

export function wrongBuiltins(sources: Sources): readonly string[] {
  return importsIn(sources)
    .filter(({ specifier }) => builtinModules.includes(specifier))
    .map(({ file, specifier }) => `${file} imports ${specifier} without node:`);
}

/** What pipelines import besides the public entries, zod and node:. */
export function wrongInPipelines(sources: Sources): readonly string[] {
  return importsIn(sources)
    .filter(
      ({ file, specifier, target }) =>
        file.startsWith('pipelines/') &&
        !(target?.startsWith('pipelines/') ?? /^(restage|restage\/ml|restage\/io|zod|node:.*)$/.test(specifier)),
    )
    .map(({ file, specifier }) => `${file} imports ${specifier}`);
}

/**
 * Files that import each other in a circle, each circle as the list of its files. Types count: they tie files as well.
 */
export function circles(sources: Sources): readonly (readonly string[])[] {
  const targets = new Map<string, string[]>();
  for (const { file, target } of importsIn(sources))
    if (target !== undefined && sources.has(target)) targets.set(file, [...(targets.get(file) ?? []), target]);
  return components([...sources.keys()], (file) => targets.get(file) ?? []).filter(
    (component) => component.length > 1 || (targets.get(component[0]!) ?? []).includes(component[0]!),
  );
}

/** Strongly connected components (Tarjan, SIAM J. Comput. 1, 1972). */
function components(nodes: readonly string[], next: (node: string) => readonly string[]): readonly string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const found: string[][] = [];
  const visit = (node: string): void => {
    const own = index.size;
    index.set(node, own);
    low.set(node, own);
    stack.push(node);
    onStack.add(node);
    for (const target of next(node)) {
      if (!index.has(target)) visit(target);
      if (onStack.has(target)) low.set(node, Math.min(low.get(node)!, low.get(target)!));
    }
    if (low.get(node) !== own) return;
    const component = stack.splice(stack.indexOf(node));
    for (const member of component) onStack.delete(member);
    found.push(component.sort());
  };
  for (const node of nodes) if (!index.has(node)) visit(node);
  return found;
}

export function barrels(sources: Sources): readonly string[] {
  return [...sources.keys()].filter(
    (file) => file.startsWith('src/') && /(^|\/)index\.ts$/.test(file) && !ENTRIES.includes(file),
  );
}

/** Files without a first comment that says what they own. */
export function silentFiles(sources: Sources): readonly string[] {
  return [...sources].filter(([, text]) => !/^(#!.*\n)?\/\*\*/.test(text)).map(([file]) => file);
}

export function longFiles(sources: Sources): readonly string[] {
  return [...sources].filter(([, text]) => text.trimEnd().split('\n').length > LONGEST_FILE).map(([file]) => file);
}

export function crowdedFolders(sources: Sources): readonly string[] {
  const files = new Map<string, number>();
  for (const folder of [...sources.keys()].map(dirname)) files.set(folder, (files.get(folder) ?? 0) + 1);
  return [...files]
    .filter(([folder, count]) => count > MOST_FILES && !LISTS.includes(folder))
    .map(([folder]) => folder);
}

/** Clock and chance where a result would depend on them, and physics in `ml`. */
export function impureFiles(sources: Sources): readonly string[] {
  return [...sources].flatMap(([file, text]) => {
    const clocked =
      /^(src\/(core|ml|io)|pipelines)\//.test(file) && /\b(Math\.random|Date\.now|performance\.now)\b/.test(text);
    const physical = file.startsWith('src/ml/') && /\b(higgs|jet|tau|lepton)\b/i.test(text);
    const reading =
      /^src\/(core|ml)\//.test(file) && !READERS.test(file) && /from 'node:(fs|child_process|net)/.test(text);
    return clocked || physical || reading ? [file] : [];
  });
}
/** What looks for a backend's library, and the compiled kernels beside their module. */
const READERS = /^src\/ml\/(backends|portable|tensorflow)\//;

/** Functions of Math whose bits JavaScript leaves to the engine. */
export function vagueMath(sources: Sources): readonly string[] {
  const vague = /\bMath\.(a?(sin|cos|tan)h?|atan2|exp|expm1|log(1p|2|10)?|pow|cbrt|hypot)\b/;
  return [...sources]
    .filter(([file]) => /^(src\/(ml|core)|pipelines)\//.test(file) && !file.startsWith('src/ml/tensorflow/'))
    .filter(([, text]) => vague.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')))
    .map(([file]) => file);
}

function packageImports(sources: Sources): readonly Import[] {
  return importsIn(sources).filter(
    ({ specifier }) =>
      !specifier.startsWith('.') && !specifier.startsWith('node:') && !/^restage(\/|$)/.test(specifier),
  );
}

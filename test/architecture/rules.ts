/**
 * The rules of the house as functions of the sources: which room may import which, which package may be imported where,
 * no circles, no barrels, no long files. The test runs them on the real sources, and on sources with planted violations.
 */
import { builtinModules } from 'node:module';
import { type Import, importsIn, type Sources } from './imports.ts';

/**
 * Which room may import which others. A room is the deepest folder that is named here. A name stands for the folder and
 * all below it; `name/` stands for its own files alone. `errors.ts` and `events.ts` are open to all.
 */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  'core/diagnostics': [],
  'core/numeric': [],
  'core/identity': ['core/numeric'],
  'core/reference': [],
  'core/secret': ['core/identity'],
  'core/artifact': ['core/identity', 'core/numeric'],
  'core/authoring': ['core/artifact', 'core/identity', 'core/diagnostics', 'core/reference', 'core/secret'],
  'core/params': ['core/identity', 'core/diagnostics', 'core/secret'],
  'core/statistics': ['core/identity', 'core/numeric'],
  'core/graph': ['core/authoring', 'core/params', 'core/artifact', 'core/identity', 'core/diagnostics'],

  'store/files': ['core'],
  'store/objects': ['core', 'store/files'],
  'store/database': ['core', 'store/files'],
  'store/coordination': ['core', 'store/files', 'store/objects', 'store/database'],
  'store/memo': ['core', 'store/files', 'store/database'],
  'store/record': ['core', 'store/files', 'store/objects', 'store/database', 'store/coordination', 'store/memo'],
  'store/query': ['core', 'store/files', 'store/database', 'store/coordination', 'store/record'],
  'store/reference': ['core', 'store/query'],
  'store/': ['core', 'store'],
  'store/upkeep': ['core', 'store'],
  'store/slice': ['core', 'store/', 'store/files', 'store/objects', 'store/database'],

  'identity/environment': ['core', 'identity/compute'],
  'identity/code': ['core', 'store/files', 'identity/environment'],
  'identity/compute': ['core', 'store/'],
  'identity/': ['core', 'store/files', 'store/memo', 'identity'],

  'planning/request': ['core', 'identity/environment'],
  'planning/definition': ['core', 'store', 'identity', 'planning/request'],
  'planning/repetition': ['core', 'store', 'identity', 'planning/request', 'planning/definition'],
  'planning/plan': ['core', 'store', 'identity', 'planning/request', 'planning/definition', 'planning/repetition'],

  'executors/': ['core', 'store'],
  'executors/fetch': ['core', 'store', 'executors/'],
  'executors/attempt': ['core', 'store', 'executors/', 'executors/fetch'],
  'executors/in-process': ['core', 'store', 'executors/', 'executors/attempt'],
  'executors/worker': ['core', 'store', 'identity/compute', 'executors/', 'executors/attempt'],
  'executors/batch': ['core', 'store', 'identity/compute', 'executors/', 'executors/attempt', 'executors/worker'],
  'executors/slurm': ['executors/', 'executors/batch'],
  'executors/condor': ['executors/', 'executors/batch'],

  'execution/scheduling': ['core', 'store', 'planning'],
  'execution/repetition': ['core', 'store', 'identity', 'planning', 'executors/'],
  'execution/nodes': [
    'core',
    'store',
    'identity',
    'planning',
    'executors/',
    'execution/scheduling',
    'execution/repetition',
  ],
  'execution/': ['core', 'store', 'planning', 'execution'],
  run: ['core', 'store', 'identity', 'planning', 'executors', 'execution'],
  doctor: ['core', 'store', 'identity', 'executors/', 'executors/batch', 'ml'],

  io: ['core'],
  ml: ['core'],

  'audit/view': ['core', 'store'],
  'audit/change': ['core', 'store', 'audit/view'],
  'audit/today': ['core', 'store', 'identity', 'planning', 'audit/view'],
  'audit/runs': ['core', 'store', 'audit/view', 'audit/change'],
  'audit/effects': ['core', 'store'],
  'audit/lineage': ['core', 'store', 'audit/effects', 'audit/view', 'audit/change', 'audit/today'],
  'audit/why': ['core', 'store', 'identity', 'planning', 'audit/view', 'audit/change', 'audit/today'],
  'audit/diff': ['core', 'store', 'identity', 'planning', 'audit/view', 'audit/change', 'audit/today', 'audit/why'],
  'audit/verify': [
    'core',
    'store',
    'identity',
    'planning',
    'executors',
    'execution',
    'audit/view',
    'audit/change',
    'audit/runs',
  ],
  'audit/equivalence': ['core', 'store', 'identity', 'planning', 'audit/view', 'audit/change'],
  'audit/cost': ['core', 'store', 'planning', 'audit/view'],
  'audit/report': ['core', 'store', 'audit/view', 'audit/lineage', 'audit/runs', 'audit/effects', 'audit/cost'],
  // Above what it reads, and below `open`, which offers it.
  export: ['core', 'store', 'audit/view', 'audit/lineage', 'audit/verify'],
  'audit/': ['core', 'store', 'identity', 'planning', 'audit', 'export'],

  'bundle/archive': ['core/diagnostics'],
  'bundle/lock': ['core'],
  'bundle/content': ['core', 'store', 'identity', 'audit', 'export', 'bundle/', 'bundle/lock'],
  'bundle/replay': [
    'core',
    'store',
    'identity',
    'planning/repetition',
    'executors/',
    'execution/repetition',
    'audit',
    'bundle/',
    'bundle/lock',
  ],
  'bundle/': ['core', 'store', 'identity', 'audit', 'bundle'],

  // Blobs by key: the record is not its business.
  'remote/places': ['core/diagnostics', 'core/identity', 'store/files'],
  'remote/': ['core', 'store', 'remote/places'],
  // What a run asks of a remote is said by the room of runs.
  'remote/through': ['core', 'store', 'execution/nodes', 'run', 'remote/', 'remote/places'],

  study: ['core', 'store', 'identity', 'planning', 'run', 'audit'],
  report: ['core', 'store', 'identity', 'planning', 'execution', 'run', 'audit', 'study', 'ui/text'],
  'ui/text': ['core'],
  'ui/model': ['core', 'ui/text'],
  'ui/terminal': ['ui/text'],
  'ui/summary': ['core', 'run', 'ui/text', 'ui/model'],
  'ui/ink': ['core', 'ui/text', 'ui/model', 'ui/terminal'],
  'ui/console': ['ui/text', 'ui/terminal', 'ui/ink'],
  'ui/reporters': ['execution', 'run', 'ui/text', 'ui/model', 'ui/terminal', 'ui/summary', 'ui/ink'],

  'cli/io': ['ui/text'],
  'cli/arguments': ['core', 'cli/io'],
  'cli/output': ['core', 'store', 'io', 'audit', 'ui', 'cli/io', 'cli/arguments'],
  'cli/lookup': [
    'core',
    'store',
    'identity',
    'planning',
    'run',
    'audit',
    'study',
    'bundle/',
    'remote',
    'ui',
    'cli/io',
    'cli/arguments',
    'cli/output',
  ],
  'cli/show': ['core', 'store', 'identity/', 'audit', 'bundle', 'remote', 'study', 'doctor', 'ui', 'cli/output'],
  'cli/reporting': [
    'core',
    'store',
    'planning',
    'execution',
    'run',
    'remote/',
    'export',
    'ui',
    'cli/io',
    'cli/arguments',
    'cli/output',
    'cli/lookup',
  ],
  'cli/console': ['store', 'ui', 'cli/io', 'cli/arguments', 'cli/output', 'cli/lookup'],
  'cli/completion': ['core', 'store', 'identity', 'planning', 'ml', 'cli/io', 'cli/arguments'],
  'cli/init': ['core'],
  'cli/verbs': [
    'core',
    'store',
    'identity',
    'planning',
    'execution',
    'run',
    'audit',
    'bundle',
    'remote',
    'export',
    'study',
    'doctor',
    'report',
    'ui',
    'io',
    'cli',
  ],
  'cli/': ['core', 'planning', 'ui', 'cli'],
};

/** What one file may import from above its room, by dynamic import or as a type. */
const LAZY: readonly (readonly [from: string, to: string])[] = [
  // A worker computes; the choice of a backend looks for it.
  ['executors/worker', 'ml'],
  ['identity/compute', 'ml'],
  ['executors/', 'executors'],
];

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

export const ROOMS = Object.keys(FLOORS);

/** The room of a file below `src/`; undefined for files at its root, which are open to all, and for other files. */
export function roomOf(file: string): string | undefined {
  const folder = /^src\/(.+)\/[^/]+$/.exec(file)?.[1];
  if (folder === undefined) return undefined;
  const own = ROOMS.find((room) => room === `${folder}/`);
  if (own !== undefined) return own;
  const [deepest] = ROOMS.filter((room) => within(folder, room)).sort((a, b) => b.length - a.length);
  return deepest ?? folder;
}

/** `room/` is the folder's own files, `room` the folder with all below it. */
function within(folder: string, room: string): boolean {
  return room.endsWith('/') ? false : folder === room || folder.startsWith(`${room}/`);
}

function covers(allowed: string, room: string): boolean {
  return allowed === room || within(room.replace(/\/$/, ''), allowed);
}

/** Imports that go up a floor, or sideways. */
export function wrongFloors(sources: Sources): readonly string[] {
  return importsIn(sources).flatMap(({ file, target, dynamic, typeOnly }) => {
    const from = roomOf(file);
    const to = target === undefined ? undefined : roomOf(target);
    if (from === undefined || to === undefined || from === to) return [];
    if (!(from in FLOORS)) return [`${file} is not in a room that test/architecture/rules.ts lists`];
    if (FLOORS[from]!.some((allowed) => covers(allowed, to))) return [];
    if ((dynamic || typeOnly) && LAZY.some(([source, goal]) => source === from && covers(goal, to))) return [];
    return [`${file} imports ${target}`];
  });
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

/** Files that import each other in a circle, each circle as the list of its files. Types count: they tie files as well. */
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

/**
 * Makes a few files of the modules that a run or an answer loads: finding and reading a hundred small files costs more
 * than what they do. Each module belongs to one bundle, and its own file passes on what the bundle exports, so that
 * every importer, bundled or not, has the same instance. A bundle imports other bundles, and never the small files.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { build, transform } from 'esbuild';

const DIST = 'dist';
/** Loaded by every command. */
const COMMAND = 'cli/bin.js';
/** How every command line is read. */
const LINE = ['cli/arguments/quick-read.js', 'cli/arguments/check.js'];
/** Loaded lazily by a run, a plan or a status in which nothing changed. */
const HOT = [
  ...LINE,
  'cli/verbs/run.js',
  'cli/reporting/choose-reporter.js',
  'cli/reporting/reported-run.js',
  'core/params/override.js',
  'execution/scheduling/pause-switch.js',
  'planning/plan/earlier/remembered-plan.js',
  'run/run.js',
  'run/up-to-date.js',
  'ui/reporters/json-reporter.js',
  'ui/reporters/plain-reporter.js',
];
/** Loaded lazily by a run in which something changed. */
const RUN = [
  'core/graph/instantiate.js',
  'planning/plan/prepared-run.js',
  'planning/plan/remember-plan.js',
  'run/broadcast.js',
  'run/execute.js',
];
/** Loaded lazily when the pipeline's text changed. */
const CODE = [
  'identity/code/bundles/definition-bundle.js',
  'identity/code/bundles/stage-bundles.js',
  'identity/code/instances/stage-factory.js',
  'identity/code/resolution/resolve.js',
  'identity/code/packages/reach.js',
];
/** The verbs that look, and the reporters: they share modules with runs, and must not load the rest. */
const LOOKS = /^(?:cli|ui|report|store)\//;
/** The verbs that answer a question. */
const ANSWERS = [
  'compare',
  'cost',
  'diff',
  'how',
  'log',
  'metrics',
  'plan',
  'report',
  'show',
  'sql',
  'status',
  'uses',
  'why',
];
/**
 * What they load lazily in these folders is part of the answer; the rest is for a picture, or for the project today.
 */
const OF_ANSWERS = /^(?:(?:audit|cli|store)\/|planning\/plan\/plan-command\.js$)/;
/** Loaded by processes of their own, which must not load what they do not need. */
const WORKER = 'executors/worker/child/worker.js';
const PROBE = 'identity/compute/backend-probe.js';
/** Loaded by the code of stages and definitions. */
const PUBLIC = 'index.js';
/** Part of the text of stages: these modules stay as the compiler wrote them. */
const IN_STAGES = ['ml/index.js', 'io/index.js'];
/**
 * Such modules that bundles copy. Two instances of them are like one: they declare functions and constants, and no
 * class, and what they remember only saves work.
 */
const COPIED =
  /^core\/(?:artifact\/(?:canonical-nan|dtypes|given|tensors|typed-array)|diagnostics\/(?:did-you-mean|errno)|identity\/canonical)\.js$/;
/** Stays in its file, which is known on a stack. */
const IN_PLACE = 'core/authoring/stage.js';
/**
 * Known on a stack by their folder, which tells the author's frames from restage's: so is the file that is made of
 * them.
 */
const OBSERVERS = /^executors\/attempt\/observed\//;
/** Not every run needs each of them. */
const WORKERS = 'executors/worker/worker-executor.js';
const IN_PROCESS = 'executors/in-process/in-process-executor.js';

/** Packages in CommonJS, which Node loads faster by require() than by import. It is loaded when it is first used. */
const REQUIRED = new Map([
  [
    'object-hash',
    `import { createRequire } from 'node:module';
    let objectHash;
    export default (...args) => (objectHash ??= createRequire(import.meta.url)('object-hash'))(...args);`,
  ],
]);

const modules = new Map(
  readdirSync(DIST, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js') && !entry.parentPath.includes('template'))
    .map((entry) => relative(DIST, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .map((file) => [file, importsOf(file)]),
);

const start = atOnce([COMMAND]);
const hot = atOnce(HOT);
const run = atOnce(RUN);
const looks = atOnce([...modules.keys()].filter((file) => LOOKS.test(file)));
const worker = atOnce([WORKER]);
const workers = atOnce([WORKERS]);
const inProcess = atOnce([IN_PROCESS]);
const published = atOnce([PUBLIC]);
const inStages = everything(IN_STAGES);
const inOthers = everything([WORKER, PROBE]);
/** What only a question about the project as it is today loads: the machinery of runs. */
const today = new Set([...everything(ANSWERS.map(verbOf))].filter((file) => needsRun(file)));
const ofToday = atOnce([...today]);
const answers = new Map(ANSWERS.map((verb) => [verb, ofAnswer(verb)]));
const answered = new Set([...answers.values()].flatMap((files) => [...files]));
/** What shows how texts differ, with a package that no other answer needs. */
const texts = new Set([...answered].filter((file) => usesPackage(file, 'diff')));
const shared = new Set([...answered].filter(isShared));

/** The first that a module fits into is its own. The order is that of imports: a bundle imports only earlier ones. */
const BUNDLES = [
  ['common', (file) => (startsWith(file) && inOthers.has(file)) || (answered.has(file) && worker.has(file))],
  ['common', (file) => (startsWith(file) || answered.has(file)) && published.has(file)],
  ['authoring', (file) => published.has(file)],
  ['executors/attempt/observed/observers', (file) => OBSERVERS.test(file)],
  ['attempt', (file) => worker.has(file)],
  ['start', (file) => start.has(file)],
  // What only some of the tasks of other processes need is not theirs to load.
  ['record', (file) => (hot.has(file) || run.has(file)) && answered.has(file) && !inOthers.has(file)],
  ['hot', (file) => hot.has(file)],
  ['look', (file) => run.has(file) && looks.has(file) && !inOthers.has(file)],
  ['run', (file) => run.has(file) && !inOthers.has(file)],
  ['workers', (file) => workers.has(file) && !inProcess.has(file) && !inOthers.has(file)],
  ['in-process', (file) => inProcess.has(file) && !workers.has(file) && !inOthers.has(file)],
  ['code', (file, code = atOnce(CODE)) => code.has(file) && !inOthers.has(file)],
  ['answers/texts', (file) => texts.has(file) && !inOthers.has(file)],
  ['answers/all', (file) => shared.has(file) && !inOthers.has(file)],
  ...ANSWERS.map((verb) => [`answers/${verb}`, (file) => answers.get(verb).has(file) && !inOthers.has(file)]),
  ['answers/today', (file) => ofToday.has(file) && OF_ANSWERS.test(file) && !inOthers.has(file)],
];

for (const file of modules.keys())
  if (COPIED.test(file) && /^(?:export )?(?:abstract )?class /m.test(readFileSync(join(DIST, file), 'utf8')))
    throw new Error(`dist/${file} has a class, so it must not be copied into a bundle`);

const members = new Map(BUNDLES.map(([name]) => [name, []]));
/** The bundle of each module that is in one. */
const home = new Map();
for (const file of [...modules.keys()].sort()) {
  if ([COMMAND, WORKER, PROBE].includes(file) || staysAsItIs(file)) continue;
  const name = BUNDLES.find(([, fits]) => fits(file))?.[0];
  if (name === undefined) continue;
  home.set(file, name);
  members.get(name).push(file);
}
const exported = await exportsOf([...home.keys()]);
const written = new Map();
for (const [name, files] of members) written.set(`${name}.js`, await bundle(name, files));
const entries = [COMMAND, WORKER, IN_PLACE];
for (const file of entries) written.set(file, await entry(file));
for (const [file, name] of home) if (!COPIED.test(file)) written.set(file, passOn(file, addressFrom(file, name)));
mkdirSync(join(DIST, 'answers'), { recursive: true });
for (const [file, text] of written) writeFileSync(join(DIST, file), text);

function staysAsItIs(file) {
  return (inStages.has(file) && !COPIED.test(file)) || file === IN_PLACE;
}

/** @returns these modules and what they import at once, and what that does */
function atOnce(roots) {
  return closure(roots, ({ fixed }) => fixed);
}

function everything(roots) {
  return closure(roots, ({ fixed, lazy }) => [...fixed, ...lazy]);
}

function startsWith(file) {
  return start.has(file) || hot.has(file);
}

function verbOf(name) {
  return `cli/verbs/${name}.js`;
}

/** @returns what an answer loads at once, and lazily as far as it goes by the record */
function ofAnswer(verb) {
  const next = ({ fixed, lazy }) => [...fixed, ...lazy.filter((file) => OF_ANSWERS.test(file))];
  return closure([verbOf(verb), ...LINE], (module) => next(module).filter((file) => !today.has(file)));
}

function needsRun(file) {
  const needed = atOnce([file]);
  return [...RUN, ...CODE].some((each) => needed.has(each));
}

function usesPackage(file, name) {
  return [...atOnce([file])].some((each) => modules.get(each).packages.includes(name));
}

/** Whether several answers, or bundles that any of them may load, need it. */
function isShared(file) {
  const verbs = ANSWERS.filter((verb) => answers.get(verb).has(file));
  return verbs.length > 1 || ofToday.has(file) || atOnce([...texts]).has(file);
}

function closure(roots, next) {
  const found = new Set();
  const stack = [...roots];
  for (let file = stack.pop(); file !== undefined; file = stack.pop()) {
    if (found.has(file)) continue;
    if (!modules.has(file)) throw new Error(`there is no module dist/${file}`);
    found.add(file);
    stack.push(...next(modules.get(file)));
  }
  return found;
}

function importsOf(file) {
  const text = readFileSync(join(DIST, file), 'utf8');
  const resolved = (pattern) => [...text.matchAll(pattern)].map(([, specifier]) => target(file, specifier));
  return {
    fixed: resolved(/^(?:import|export)\b(?:[^;'"()]*\bfrom\b)?\s*['"](\.[^'"]+)['"]/gm),
    packages: [...text.matchAll(/^(?:import|export)\b[^;'"()]*\bfrom\s*['"](@[^/'"]+\/[^/'"]+|[^./'"][^/'"]*)/gm)].map(
      ([, name]) => name,
    ),
    lazy: resolved(/\bimport\(['"](\.[^'"]+)['"]\)/g),
  };
}

function target(file, specifier) {
  return posix.join(posix.dirname(file), specifier);
}

async function exportsOf(files) {
  const { metafile } = await build({
    entryPoints: files.map((file) => join(DIST, file)),
    outdir: DIST,
    outbase: DIST,
    write: false,
    format: 'esm',
    metafile: true,
  });
  return new Map(Object.entries(metafile.outputs).map(([file, output]) => [relative(DIST, file), output.exports]));
}

/** A module's export as its bundle calls it. */
function nameIn(file, exportName) {
  return `${file.replace(/\W/g, '_')}_${exportName}`;
}

function addressFrom(file, bundleName) {
  const path = relative(dirname(file), `${bundleName}.js`).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}

/** The text of a module that passes on its exports from the bundle at this address. */
function passOn(file, address) {
  const names = exported.get(file).map((each) => `${nameIn(file, each)} as ${each}`);
  return `export { ${names.join(', ')} } from '${address}';\n`;
}

async function bundle(name, files) {
  const contents = files.map((file) => {
    const names = exported.get(file).map((each) => `${each} as ${nameIn(file, each)}`);
    return `export { ${names.join(', ')} } from './${file}';`;
  });
  return textOf({ contents: contents.join('\n'), resolveDir: DIST }, `${name}.js`, (file) => home.get(file) === name);
}

/** A module that stays in its file, with its imports from bundles. */
async function entry(file) {
  const contents = readFileSync(join(DIST, file), 'utf8');
  return textOf({ contents, resolveDir: join(DIST, dirname(file)), sourcefile: file }, file, () => false);
}

async function textOf(stdin, outfile, isInside) {
  const { outputFiles } = await build({
    stdin: { ...stdin, contents: lazyFrom(stdin.contents, outfile) },
    outfile: join(DIST, outfile),
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    // `sideEffects: false` in package.json is for those who import the package.
    ignoreAnnotations: true,
    logLevel: 'warning',
    plugins: [
      {
        name: 'bundles',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /./ }, ({ path, kind }) =>
            kind === 'import-statement' && REQUIRED.has(path) ? { path, namespace: 'required' } : undefined,
          );
          onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({ contents: REQUIRED.get(path) }));
          onResolve({ filter: /^\./ }, ({ path, resolveDir, kind, namespace }) => {
            const file = relative(DIST, join(resolveDir, path)).replaceAll('\\', '/');
            if (namespace === 'elsewhere' || kind === 'dynamic-import' || file === outfile) return outside(file);
            if (isInside(file)) return undefined;
            return home.has(file) ? { path: file, namespace: 'elsewhere' } : outside(file);
          });
          onLoad({ filter: /./, namespace: 'elsewhere' }, ({ path }) => ({
            contents: passOn(path, `./${home.get(path)}.js`),
            resolveDir: DIST,
          }));
          onLoad({ filter: /\.js$/ }, async ({ path }) => {
            const file = relative(DIST, path).replaceAll('\\', '/');
            return { contents: lazyFrom(await inItsPlace(readFileSync(path, 'utf8'), file, outfile), file) };
          });
        },
      },
    ],
  });
  return outputFiles[0].text;

  function outside(file) {
    return { path: addressTo(outfile, file), external: true };
  }
}

function addressTo(from, file) {
  const path = posix.relative(posix.dirname(from), file);
  return path.startsWith('.') ? path : `./${path}`;
}

/** The text of a module that still finds what is beside its own file. */
async function inItsPlace(text, file, outfile) {
  if (!text.includes('import.meta.url')) return text;
  const { code } = await transform(text, { define: { 'import.meta.url': 'OWN_URL' } });
  return `const OWN_URL = new URL('${addressTo(outfile, file)}', import.meta.url).href;\n${code}`;
}

/** The text with each import() of a bundled module led to its bundle. */
function lazyFrom(text, file) {
  return text.replaceAll(/\bimport\(['"](\.[^'"]+)['"]\)/g, (call, specifier) => {
    const wanted = target(file, specifier);
    if (!home.has(wanted)) return call;
    const members = exported.get(wanted).map((each) => `${each}: all.${nameIn(wanted, each)}`);
    return `import(${JSON.stringify(addressTo(file, `${home.get(wanted)}.js`))}).then((all) => ({ ${members.join(', ')} }))`;
  });
}

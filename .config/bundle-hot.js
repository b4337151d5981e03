/**
 * Makes one file of the modules that a run loads in which nothing changed: finding and reading a hundred small files costs
 * more than what they do. Each module's own file then passes on what the bundle exports, so that every importer, bundled or
 * not, has the same instance. What is imported lazily, and what workers and stages load, stays as the compiler wrote it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { build } from 'esbuild';

const DIST = 'dist';
/** Loaded by every command. */
const START = ['cli/bin.js'];
/** Loaded lazily by a run, a plan or a status in which nothing changed. */
const HOT = [
  'cli/arguments/quick-read.js',
  'cli/verbs/run.js',
  'cli/reporting/choose-reporter.js',
  'planning/plan/remembered-plan.js',
  'run/run.js',
  'run/up-to-date.js',
  'ui/reporters/plain-reporter.js',
];
/** Entries of other processes, and of code that stages bundle: their modules are nobody else's to move. */
const APART = ['executors/worker/child/worker.js', 'doctor/backend-probe.js', 'ml/index.js', 'io/index.js'];

const modules = new Map(
  readdirSync(DIST, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js') && !entry.parentPath.includes('template'))
    .map((entry) => relative(DIST, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .map((file) => [file, importsOf(file)]),
);

const apart = new Set([
  ...closure(APART, ({ fixed, lazy }) => [...fixed, ...lazy]),
  ...closure(['index.js'], ({ fixed }) => fixed),
]);
const start = membersOf(START, new Set([...apart, ...START]));
const hot = membersOf(HOT, new Set([...apart, ...START, ...start]));
const exported = await exportsOf([...start, ...hot]);
await bundle('start', start);
await bundle('hot', hot);

/** @returns the modules that these import at once, and theirs, without those that stay apart */
function membersOf(roots, except) {
  return [...closure(roots, ({ fixed }) => fixed)].filter((file) => !except.has(file)).sort();
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
  const resolved = (pattern) =>
    [...text.matchAll(pattern)].map(([, specifier]) => posix.join(posix.dirname(file), specifier));
  return {
    fixed: resolved(/^(?:import|export)\b(?:[^;'"()]*\bfrom\b)?\s*['"](\.[^'"]+)['"]/gm),
    lazy: resolved(/\bimport\(['"](\.[^'"]+)['"]\)/g),
  };
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

async function bundle(name, members) {
  const inside = new Set(members);
  const nameOf = (file, exportName) => `${file.replace(/\W/g, '_')}_${exportName}`;
  const entry = members.map((file) => {
    const names = exported.get(file).map((each) => `${each} as ${nameOf(file, each)}`);
    return `export { ${names.join(', ')} } from './${file}';`;
  });
  await build({
    stdin: { contents: entry.join('\n'), resolveDir: DIST },
    outfile: join(DIST, `${name}.js`),
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
        name: 'members',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
            const file = relative(DIST, join(resolveDir, path)).replaceAll('\\', '/');
            return inside.has(file) && kind !== 'dynamic-import' ? undefined : { path: `./${file}`, external: true };
          });
          // A module still finds what is beside its own file.
          onLoad({ filter: /\.js$/ }, ({ path }) => ({
            contents: readFileSync(path, 'utf8').replaceAll(
              'import.meta.url',
              `new URL('./${relative(DIST, path).replaceAll('\\', '/')}', import.meta.url).href`,
            ),
          }));
        },
      },
    ],
  });
  for (const file of members) {
    const from = relative(dirname(file), `${name}.js`).replaceAll('\\', '/');
    const names = exported.get(file).map((each) => `${nameOf(file, each)} as ${each}`);
    writeFileSync(
      join(DIST, file),
      `export { ${names.join(', ')} } from '${from.startsWith('.') ? from : `./${from}`}';\n`,
    );
  }
}

/** The package.json of a new project, made from nothing or completed from what `npm install` or `npm init` left. */
import { UsageError } from '../../errors.ts';

/** The fields that matter here; all others pass through as they are. */
export interface Manifest {
  readonly name?: string;
  readonly type?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

const SCRIPTS = { start: 'restage run', test: 'vitest run', typecheck: 'tsc --noEmit' };
/** Where the project's tools are named, with their versions: in restage's own package.json. */
const TOOLS = ['@types/node', 'typescript', 'vitest'];

/**
 * @param before the package.json so far, if there is one: its fields are kept, and missing ones are added
 * @param restage the package.json of the restage that is running
 * @throws UsageError
 */
export function completeManifest(
  before: Manifest,
  { name, spec, restage, file }: { name: string; spec: string; restage: Manifest; file: string },
): Manifest {
  if (before.type !== undefined && before.type !== 'module')
    throw new UsageError(
      `${file} says "type": "${before.type}", and the files of a restage project are ES modules; change it to "module", or name a new folder: restage init my-project`,
    );
  const { scripts = {}, dependencies = {}, devDependencies = {} } = before;
  const missing = (packages: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(packages).filter(([it]) => dependencies[it] === undefined && devDependencies[it] === undefined),
    );
  return {
    name,
    ...(before.name === undefined ? { version: '0.0.0', private: true } : {}),
    ...before,
    type: 'module',
    scripts: { ...SCRIPTS, ...Object.fromEntries(Object.entries(scripts).filter(([, line]) => !isNpmsOwnTest(line))) },
    dependencies: sorted({ ...dependencies, ...missing({ restage: spec, zod: versionOf('zod', restage) }) }),
    devDependencies: sorted({
      ...devDependencies,
      ...missing(Object.fromEntries(TOOLS.map((tool) => [tool, versionOf(tool, restage)]))),
    }),
    // npm runs the install scripts of no package that is not named here, or asks.
    ...(before.allowScripts === undefined ? { allowScripts: scriptsOfDependencies(restage) } : {}),
  };
}

/** Restage's own tools are not installed with it. */
function scriptsOfDependencies({ allowScripts = {}, dependencies = {} }: Manifest): Readonly<Record<string, boolean>> {
  return Object.fromEntries(Object.entries(allowScripts).filter(([name]) => dependencies[name] !== undefined));
}

/** What `npm init` writes. */
function isNpmsOwnTest(line: string): boolean {
  return line.startsWith('echo "Error: no test specified"');
}

function versionOf(name: string, { dependencies, devDependencies }: Manifest): string {
  const version = dependencies?.[name] ?? devDependencies?.[name];
  if (version === undefined) throw new Error(`internal error: restage's package.json does not name ${name}`);
  return version;
}

function sorted(packages: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Installed packages of a project, and which digests of theirs an edit changes. */
import { emptyProject, type Fixture } from './fixture.ts';

export type Digests = Readonly<Record<string, string>>;

/** A stage that uses these packages. */
export function user(...specifiers: readonly string[]): Fixture {
  const imports = specifiers.map((specifier, index) => `import * as p${index} from '${specifier}';`).join('\n');
  const used = specifiers.map((_, index) => `p${index}`).join(', ');
  return emptyProject().write(
    'src/pipeline.ts',
    `import { stage } from 'restage';\n${imports}\nexport const train = stage({ name: 'demo/train', run: () => [${used}] });\n`,
  );
}

export interface Package {
  readonly json?: object;
  readonly files: Readonly<Record<string, string>>;
}

export function install(
  project: Fixture,
  directory: string,
  { json, files }: Package,
  name = nameOf(directory),
): Fixture {
  const manifest = { name, version: '1.0.0', type: 'module', ...json };
  project.write(`${directory}/package.json`, JSON.stringify(manifest));
  for (const [file, text] of Object.entries(files)) project.write(`${directory}/${file}`, text);
  return project;
}

export function nameOf(directory: string): string {
  return directory.slice(directory.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

export async function digests(project: Fixture): Promise<Digests> {
  const { packages } = await project.bundle();
  return Object.fromEntries(packages.map(({ name, digest }) => [name, digest]));
}

/** Names of the packages whose digest an edit changes. */
export async function changedBy(project: Fixture, edit: () => unknown): Promise<readonly string[]> {
  const before = await digests(project);
  edit();
  const after = await digests(project);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]);
}

/** `restage init`: a small project of one's own, which runs at once. Its files are real ones, in `init/template`. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { restageRoot } from '../identity/environment/package-root.ts';
import { EXIT, UsageError } from '../errors.ts';
import { shellWord } from '../ui/text/format.ts';
import { completeManifest, type Manifest } from './init/manifest.ts';
import { restageSpec } from './init/restage-spec.ts';
import { flag, text } from './options.ts';
import { writeJson } from './output/json.ts';
import type { Call } from './verbs.ts';

/** Files of the template, by what they are called in a project: npm would not pack a .gitignore. */
const FILES: Readonly<Record<string, string>> = {
  'tsconfig.json': 'tsconfig.json',
  'pipeline.ts': 'pipeline.ts',
  'stages.ts': 'stages.ts',
  'pipeline.test.ts': 'pipeline.test.ts',
  'README.md': 'README.md',
  '.gitignore': 'gitignore',
};
/** The template's own name, in place of which the project's goes. */
const PLACEHOLDER = 'my-project';
const TEMPLATE = new URL('init/template/', import.meta.url);

export function initVerb(call: Call): Promise<number> {
  const folder = resolve(call.io.cwd, call.positionals[0] ?? '.');
  const before = readManifest(folder);
  const name = projectName(text(call, 'name'), before?.name, folder);
  refuseToOverwrite(folder);
  const root = restageRoot();
  const restage = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  const { spec, origin } = restageSpec(root, folder);
  const manifest = completeManifest(before ?? {}, { name, spec, restage, file: join(folder, 'package.json') });
  writeProject(folder, name, manifest);
  const files = ['package.json', ...Object.keys(FILES)];
  const chosen = manifest.dependencies!['restage']!;
  if (flag(call, 'json')) writeJson(call, { name, folder, files, restage: chosen });
  else
    call.io.writeOut(
      [
        `${name} is made in ${folder}: ${files.join(', ')}`,
        `Its package.json has restage as ${chosen} (${chosen === spec ? origin : 'as it was'}).`,
        '',
        'Next:',
        ...nextLines(call.io.cwd, folder),
        '',
      ].join('\n'),
    );
  return Promise.resolve(EXIT.ok);
}

function nextLines(cwd: string, folder: string): readonly string[] {
  const there = relative(cwd, folder);
  const rows = [
    [`${there === '' ? '' : `cd ${shellWord(there)} && `}npm install`, 'a minute or two, most of it for SQLite'],
    ['npx restage run', 'simulates, fits and compares: some seconds'],
    ['npm test', 'a function by itself, and the whole pipeline'],
  ] as const;
  const width = Math.max(...rows.map(([command]) => command.length));
  return rows.map(([command, what]) => `  ${command.padEnd(width)}   # ${what}`);
}

const NAME = /^[a-z0-9][a-z0-9-]*$/;

/** @throws UsageError for a --name that cannot be one of a pipeline */
function projectName(asked: string | undefined, known: string | undefined, folder: string): string {
  if (asked !== undefined && !NAME.test(asked))
    throw new UsageError(
      `--name of restage init is ${asked}, which is no name for a pipeline; use lower-case letters, digits and dashes.`,
    );
  const given = asked ?? known ?? basename(folder);
  const plain = given
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return plain === '' ? PLACEHOLDER : plain;
}

/** @throws UsageError for a package.json that cannot be completed */
function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  try {
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: ${(cause as Error).message}; mend it, or name a new folder.`, {
      cause,
    });
  }
  throw new UsageError(`${file} holds no object; mend it, or name a new folder: restage init ${PLACEHOLDER}`);
}

/** @throws UsageError naming the files that stand in the way */
function refuseToOverwrite(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new UsageError(`${folder} is a file; name a folder: restage init ${PLACEHOLDER}`);
  const there = Object.keys(FILES).filter((file) => existsSync(join(folder, file)));
  if (there.length > 0)
    throw new UsageError(
      `${folder} already has ${listed(there)}, which restage init does not overwrite; name a new folder: restage init ${PLACEHOLDER}`,
    );
}

/** @throws UsageError where nothing can be written */
function writeProject(folder: string, name: string, manifest: Manifest): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const [file, template] of Object.entries(FILES)) {
      const content = readFileSync(new URL(template, TEMPLATE), 'utf8').replaceAll(PLACEHOLDER, name);
      writeFileSync(join(folder, file), content, { flag: 'wx' });
    }
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  } catch (cause) {
    throw new UsageError(`The project cannot be written to ${folder}: ${(cause as Error).message}.`, { cause });
  }
}

function listed(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`;
}

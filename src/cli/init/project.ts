/** The files of a new project: real ones, in `template`, with the project's name in place of the template's. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readRefusal, writeRefusal } from '../../core/diagnostics/system-refusal.ts';
import { UsageError } from '../../errors.ts';
import type { Manifest } from './manifest.ts';

/** Files of the template, by their names in a project: npm would not pack a .gitignore. */
const FILES: Readonly<Record<string, string>> = {
  'tsconfig.json': 'tsconfig.json',
  'pipeline.ts': 'pipeline.ts',
  'stages.ts': 'stages.ts',
  'pipeline.test.ts': 'pipeline.test.ts',
  'README.md': 'README.md',
  '.gitignore': 'gitignore',
};
/** The template's own name, which the project's name replaces. */
const PLACEHOLDER = 'my-project';
const TEMPLATE = new URL('template/', import.meta.url);

export const PROJECT_FILES: readonly string[] = ['package.json', ...Object.keys(FILES)];

const NAME = /^[a-z0-9][a-z0-9-]*$/;

/** @throws UsageError for a --name that a pipeline cannot have */
export function projectName(asked: string | undefined, known: string | undefined, folder: string): string {
  if (asked !== undefined && !NAME.test(asked))
    throw new UsageError(
      `--name must be a name for a pipeline, of lower-case letters, digits and dashes, not ${asked}.`,
    );
  const given = asked ?? known ?? basename(folder);
  const plain = given
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return plain === '' ? PLACEHOLDER : plain;
}

/** @throws UsageError for a package.json that cannot be completed */
export function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  try {
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: ${whyUnread(cause)}; fix it, or name a new folder.`, {
      cause,
    });
  }
  throw new UsageError(`${file} holds no object; fix it, or name a new folder: restage init ${PLACEHOLDER}`);
}

function whyUnread(cause: unknown): string {
  return cause instanceof SyntaxError ? `it is not JSON (${cause.message})` : readRefusal(cause);
}

/** @throws UsageError that names the files it would overwrite */
export function refuseToOverwrite(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new UsageError(`${folder} is a file; name a folder: restage init ${PLACEHOLDER}`);
  const there = Object.keys(FILES).filter((file) => existsSync(join(folder, file)));
  if (there.length > 0)
    throw new UsageError(
      `${folder} already has ${listed(there)}, which restage init does not overwrite; name a new folder: restage init ${PLACEHOLDER}`,
    );
}

/** @throws UsageError where nothing can be written */
export function writeProject(folder: string, name: string, manifest: Manifest): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const [file, template] of Object.entries(FILES)) {
      const content = readFileSync(new URL(template, TEMPLATE), 'utf8').replaceAll(PLACEHOLDER, name);
      writeFileSync(join(folder, file), content, { flag: 'wx' });
    }
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  } catch (cause) {
    throw new UsageError(`The project cannot be written to ${folder}: ${writeRefusal(cause)}.`, { cause });
  }
}

function listed(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`;
}

/** Finds pipeline files nearby by their text alone, to suggest what a wrong path was probably meant to be. */
import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';

/** The possible names of the pipeline file in a folder; the first existing one counts. */
const ENTRIES = ['index.ts', 'index.mts', 'index.js', 'index.mjs', 'pipeline.ts', 'pipeline.js'];
const DEEPEST = 3;
const MOST_FOLDERS = 200;
const NOT_ENTERED = /^(\..*|node_modules|dist|build|cache|coverage)$/;
const SOURCE = /\.m?[jt]s$/;
const NO_PIPELINE = /\.(test|spec|config|d)\.m?[jt]s$/;
const PIPELINE = /^export\s+default\s+pipeline\s*\(/m;
const EXPERIMENT = /^export\s+default\s+experiment\s*\(/m;
const DEFAULT_EXPORT = /^export\s+(default\b|\{[^}]*\bas\s+default\b)/m;
const OF_RESTAGE = /^(import|export)\b[^;'"]*\bfrom\s+['"]restage['"]/m;

/** The pipeline file of a folder; undefined if it has none. */
export function entryIn(folder: string): string | undefined {
  return ENTRIES.map((name) => join(folder, name)).find(existsSync);
}

/** Whether the default export of the file is written as an experiment. */
export function declaresExperiment(file: string): boolean {
  return declares(EXPERIMENT, read(file));
}

/**
 * Paths relative to the directory: folders whose entry file imports restage and has a default export, and other files
 * with a pipeline as their default export. The nearest come first; `.` is the directory itself.
 */
export function pipelinesBelow(directory: string): readonly string[] {
  const found: string[] = [];
  let folders = [''];
  let looked = 0;
  for (let depth = 0; depth <= DEEPEST && folders.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of folders) {
      if (looked++ >= MOST_FOLDERS) return found;
      const entries = list(join(directory, folder));
      const files = entries
        .filter((each) => each.isFile() && SOURCE.test(each.name) && !NO_PIPELINE.test(each.name))
        .map(({ name }) => name);
      const entry = ENTRIES.find((name) => files.includes(name));
      if (entry !== undefined && declares(DEFAULT_EXPORT, read(directory, folder, entry)))
        found.push(folder === '' ? '.' : folder);
      for (const file of files)
        if (file !== entry && declares(PIPELINE, read(directory, folder, file))) found.push(join(folder, file));
      next.push(
        ...entries
          .filter((each) => each.isDirectory() && !NOT_ENTERED.test(each.name))
          .map(({ name }) => join(folder, name)),
      );
    }
    folders = next;
  }
  return found;
}

/** ` (did you mean "pipelines/higgs"?)` for `higgs`, `pipeline/higgs` and `pipelines/higs`. */
export function pipelineHint(asked: string, found: readonly string[]): string {
  const last = (path: string): string => path.split('/').at(-1)!.replace(SOURCE, '');
  const word = last(asked.replace(/\/+$/, ''));
  const named = found.filter((path) => path !== '.');
  const same = named.find((path) => last(path) === word);
  return same === undefined ? didYouMean(asked, named) || nearest(word, named, last) : ` (did you mean "${same}"?)`;
}

function nearest(word: string, found: readonly string[], last: (path: string) => string): string {
  const path = found.find((each) => didYouMean(word, [last(each)]) !== '');
  return path === undefined ? '' : ` (did you mean "${path}"?)`;
}

const MOST_NAMED = 5;

/** `a, b or c` of pipelines' paths, up to a readable number. */
export function oneOf(found: readonly string[]): string {
  const named = found.slice(0, MOST_NAMED).map((path) => (path === '.' ? '"." (this folder)' : path));
  if (found.length > MOST_NAMED) return `${named.join(', ')} or one of ${found.length - MOST_NAMED} more`;
  return named.length === 1 ? named[0]! : `${named.slice(0, -1).join(', ')} or ${named.at(-1)!}`;
}

function declares(what: RegExp, text: string): boolean {
  return what.test(text) && OF_RESTAGE.test(text);
}

function list(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

function read(...path: readonly string[]): string {
  try {
    return readFileSync(join(...path), 'utf8');
  } catch {
    return '';
  }
}

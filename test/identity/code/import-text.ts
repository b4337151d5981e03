/** Executables as Node itself imports them. */
import { pathToFileURL } from 'node:url';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { Fixture, freshDirectory } from './fixture.ts';

/** Writes the text where no project is, and its source map beside it. Vitest leaves files of such names to Node. */
export function storedText(text: string, map?: string): string {
  const name = `code/${sha256(text)}.mjs`;
  const cache = new Fixture(freshDirectory());
  if (map === undefined) cache.write(name, text);
  else cache.write(`${name}.map`, map).write(name, `${text}//# sourceMappingURL=${sha256(text)}.mjs.map\n`);
  return pathToFileURL(cache.path(name)).href;
}

/** The exports of the text, evaluated in this process. */
export async function importText(text: string, map?: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(storedText(text, map))) as Readonly<Record<string, unknown>>;
}

/** What a stage has that tests call. */
export interface ImportedStage {
  readonly params: { parse(params: unknown): unknown };
  run(given: { readonly params: unknown }): unknown;
}

export async function importStage(text: string, map?: string): Promise<ImportedStage> {
  return (await importText(text, map))['default'] as ImportedStage;
}

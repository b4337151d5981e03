/** Files of parameters: JSON, YAML, or a module with a plain object as its default export. */
import { readFileSync } from 'node:fs';
import { extname, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readRefusal } from '../../core/diagnostics/system-refusal.ts';
import { type CanonicalValue, canonical } from '../../core/identity/canonical.ts';
import { type Layer, settingOf } from '../../core/params/setting.ts';
import { DefinitionError, ParamError, UsageError } from '../../errors.ts';
import { bundleDefinition } from '../../identity/code/bundle.ts';
import { writeExecutable } from '../../identity/code/executables.ts';
import { Cache } from '../../store/cache.ts';
import { installedPackages } from './installed-packages.ts';

/** @param cacheDirectory where a module's bundle is written. @throws UsageError, ParamError, DefinitionError */
export async function readParamsFile(file: string, workingDirectory: string, cacheDirectory: string): Promise<Layer> {
  const path = resolve(workingDirectory, file);
  switch (extname(path).toLowerCase()) {
    case '.json':
    case '.yaml':
    case '.yml': {
      const { yamlSetting } = await import('./yaml-setting.ts');
      const text = textOf(path, file);
      if (path.endsWith('.json')) checkJson(text, file);
      return { source: file, setting: yamlSetting(text, file) };
    }
    case '.ts':
    case '.mts':
    case '.js':
    case '.mjs':
      textOf(path, file);
      return { source: file, setting: settingOf(await exported(path, file, cacheDirectory), file) };
    default:
      throw new UsageError(
        `The ending of ${file} gives no format of parameters; use .json, .yaml, .yml, .ts, .mts, .js or .mjs.`,
      );
  }
}

/** @throws UsageError */
function textOf(path: string, file: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`The parameter file ${file} cannot be read: ${readRefusal(error)}.`, { cause: error });
  }
}

/** YAML allows more. @throws ParamError */
function checkJson(text: string, file: string): void {
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new ParamError(`The parameters of ${file} cannot be read: it is not JSON (${(cause as Error).message}).`, {
      cause,
    });
  }
}

async function exported(path: string, file: string, cacheDirectory: string): Promise<CanonicalValue> {
  const cache = Cache.open(cacheDirectory);
  let executable: string;
  try {
    const { text, map } = await bundleDefinition(path, installedPackages(cache));
    executable = writeExecutable(cache.directory, text, map);
  } finally {
    cache.close();
  }
  let value: unknown;
  try {
    value = ((await import(pathToFileURL(executable).href)) as { readonly default?: unknown }).default;
  } catch (error) {
    const what = error instanceof Error ? `${error.name}: ${error.message.split('\n', 1)[0]!}` : String(error);
    throw new DefinitionError(`The parameters of ${file} cannot be read, since its own code throws ${what}.`, {
      cause: error,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ParamError(`${file} has no plain object as its default export; write "export default { ... }".`);
  return canonical(value, relative('', file) || file);
}

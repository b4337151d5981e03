/** A project's settings: the member "restage" of its package.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { UsageError } from '../../errors.ts';

export interface Settings {
  /** A stage that reaches something that it does not declare fails, unless a run says otherwise. */
  readonly strict: boolean;
  /** Each stage executes in a worker process that executes nothing else, unless a run says otherwise. */
  readonly isolate: boolean;
}

const DEFAULTS: Settings = { strict: false, isolate: false };

/** @throws UsageError for a setting that is unknown or of the wrong type */
export function projectSettings(root: string): Settings {
  const file = join(root, 'package.json');
  const refuse = (what: string): never => {
    throw new UsageError(`The settings of restage in ${file} ${what}.`);
  };
  const given = settingsIn(file);
  if (given === undefined) return DEFAULTS;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return refuse('are not an object; write "restage": { "strict": true }');
  for (const [name, value] of Object.entries(given)) {
    if (!(name in DEFAULTS))
      refuse(
        `have a member "${name}"${didYouMean(name, Object.keys(DEFAULTS))}, which restage does not know; remove it`,
      );
    if (typeof value !== 'boolean') refuse(`give ${JSON.stringify(value)} for "${name}"; give true or false`);
  }
  return { ...DEFAULTS, ...given };
}

function settingsIn(file: string): unknown {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { readonly restage?: unknown } | null)?.restage;
  } catch {
    // Whoever needs its content reports what is wrong with the file.
    return undefined;
  }
}

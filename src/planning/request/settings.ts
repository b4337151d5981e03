/** A project's settings: the member "restage" of its package.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BATCH_SYSTEMS, type BatchPolicy, optionsOfSystem } from '../../core/authoring/batch-options.ts';
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { parseByteSize } from '../../core/numeric/byte-size.ts';
import { UsageError } from '../../errors.ts';

export interface Settings {
  /** A stage that reaches something that it does not declare fails, unless a run says otherwise. */
  readonly strict: boolean;
  /** Each stage executes in a worker process that executes nothing else, unless a run says otherwise. */
  readonly isolate: boolean;
  readonly cache: {
    /** What the objects may take: a run that ends with more evicts what can be made again. Null: any amount. */
    readonly maxBytes: number | null;
  };
  /** The executor of nodes that name none, unless a run says otherwise; undefined: a worker of this machine. */
  readonly executor: string | undefined;
  /** What a batch system is asked for by every node, unless its policy says otherwise; each is a member of its own. */
  readonly batch: BatchPolicy;
}

const DEFAULTS: Settings = { strict: false, isolate: false, cache: { maxBytes: null }, executor: undefined, batch: {} };
const MEMBERS = ['strict', 'isolate', 'cache', 'executor', ...BATCH_SYSTEMS];

/** @throws UsageError for a setting that is unknown or of the wrong type */
export function projectSettings(root: string): Settings {
  const file = join(root, 'package.json');
  const refuse = (what: string): never => {
    throw new UsageError(`The settings of restage in ${file} ${what}.`);
  };
  const given = settingsIn(file);
  if (given === undefined) return DEFAULTS;
  const members = membersOf(given, MEMBERS, refuse, {
    called: '',
    example: '"restage": { "strict": true }',
  });
  const isOn = (name: 'strict' | 'isolate'): boolean => {
    const { [name]: value = DEFAULTS[name] } = members;
    return typeof value === 'boolean'
      ? value
      : refuse(`give ${JSON.stringify(value)} for "${name}"; give true or false`);
  };
  const { maxBytes } = membersOf(members['cache'] ?? {}, Object.keys(DEFAULTS.cache), refuse, {
    called: ' "cache"',
    example: '"cache": { "maxBytes": "20G" }',
  });
  const bytes = maxBytes === undefined ? null : sizeOf(maxBytes);
  const { executor } = members;
  if (executor !== undefined && typeof executor !== 'string')
    refuse(`give ${JSON.stringify(executor)} for "executor"; give a name, such as "slurm"`);
  return {
    executor: executor as string | undefined,
    batch: batchIn(members, refuse),
    strict: isOn('strict'),
    isolate: isOn('isolate'),
    cache: {
      maxBytes:
        bytes === undefined
          ? refuse(`give ${JSON.stringify(maxBytes)} for "cache.maxBytes"; give a size, such as "20G" or "500M"`)
          : bytes,
    },
  };
}

function batchIn(members: Readonly<Record<string, unknown>>, refuse: (what: string) => never): BatchPolicy {
  const given = BATCH_SYSTEMS.filter((system) => members[system] !== undefined).map((system) => {
    const { options, example } = optionsOfSystem(system);
    const asked = membersOf(members[system], options, refuse, { called: ` "${system}"`, example });
    for (const [name, value] of Object.entries(asked))
      if (typeof value !== 'string') refuse(`give ${JSON.stringify(value)} for "${system}.${name}"; give a text`);
    return [system, asked];
  });
  return Object.fromEntries(given) as BatchPolicy;
}

/** Undefined for what is not a size. */
function sizeOf(value: unknown): number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? parseByteSize(String(value)) : undefined;
}

function membersOf(
  given: unknown,
  known: readonly string[],
  refuse: (what: string) => never,
  { called, example }: { readonly called: string; readonly example: string },
): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return refuse(`${called === '' ? 'are not an object' : `give no object for${called}`}; write ${example}`);
  const wrong = Object.keys(given).find((name) => !known.includes(name));
  if (wrong !== undefined)
    refuse(
      `have a member "${wrong}"${called === '' ? '' : ` in${called}`}${didYouMean(wrong, known)}, which restage does not know; remove it`,
    );
  return given as Readonly<Record<string, unknown>>;
}

function settingsIn(file: string): unknown {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { readonly restage?: unknown } | null)?.restage;
  } catch {
    // Whoever needs its content reports what is wrong with the file.
    return undefined;
  }
}

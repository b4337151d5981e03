/**
 * `bundle.json`, the first file of a bundle: what was bundled, by which restage, and the digest of every other file. It
 * is read before anything else, and what is not in it is not read.
 */
import { z } from 'zod';
import type { CacheKey, Digest } from '../core/identity/digest.ts';
import type { CanonicalValue } from '../core/identity/canonical.ts';

/** Counts up when a bundle of today could not be read any more. */
export const BUNDLE_FORMAT = 1;

/** What was asked for: what has to come out again. */
export interface BundledSubject {
  readonly kind: 'value' | 'metric' | 'output' | 'state' | 'run';
  /** As a reference that names it in the bundle: `run:3/score.score.ams`. */
  readonly name: string;
  readonly run: number | null;
  readonly roots: readonly {
    readonly state: CacheKey;
    readonly node: string;
    /** Null where all outputs of the state are meant. */
    readonly output: string | null;
  }[];
  /** Of a value its path in the output, of a metric its name. */
  readonly path: string | null;
  /** The value itself, as it was; null where there is none. NaN and infinities are words. */
  readonly value: CanonicalValue;
}

/** A file that a stage declares to read by itself. */
export interface BundledRead {
  /** As it is declared, or below a folder that is. */
  readonly path: string;
  /** Null for a folder. */
  readonly digest: Digest | null;
}

export interface Manifest {
  readonly kind: 'restage-bundle';
  readonly format: typeof BUNDLE_FORMAT;
  /** The version of restage that wrote it. */
  readonly restage: string;
  /** The version of the meaning of its keys. */
  readonly keys: number;
  /** The schema of its record. */
  readonly record: number;
  readonly subjects: readonly BundledSubject[];
  /** Whether the input files are in it, or only their digests. */
  readonly data: 'included' | 'omitted';
  /** Whether the bytes of all outputs are in it, or of those that were asked for. Small values are in the record. */
  readonly outputs: 'asked' | 'all';
  readonly reads: readonly BundledRead[];
  /** SHA-256 of every other file, by its name. */
  readonly files: Readonly<Record<string, Digest>>;
}

/** In every bundle. */
export const NAMES = {
  manifest: 'bundle.json',
  readme: 'README.md',
  record: 'record.ndjson',
  packages: 'package.json',
  lock: 'package-lock.json',
} as const;

/** In bundles of one thing. */
export const CRATE_NAMES = { metadata: 'ro-crate-metadata.json', workflow: 'workflow.json' } as const;

/** Longer records and manifests are not read, since all of one is in memory, and a stranger may have made it. */
export const LONGEST_RECORD = 2 ** 27;

export function objectName(digest: Digest): string {
  return `objects/${digest}`;
}

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();
/** Relative, and nowhere above: it is written below the folder of a replay. */
const below = z.string().refine(isBelow);
const manifestSchema = z.strictObject({
  kind: z.literal('restage-bundle'),
  format: z.literal(BUNDLE_FORMAT),
  restage: z.string(),
  keys: count,
  record: count,
  subjects: z
    .array(
      z.strictObject({
        kind: z.enum(['value', 'metric', 'output', 'state', 'run']),
        name: z.string(),
        run: count.nullable(),
        roots: z.array(z.strictObject({ state: digest, node: z.string(), output: z.string().nullable() })).min(1),
        path: z.string().nullable(),
        value: z.json(),
      }),
    )
    .min(1),
  data: z.enum(['included', 'omitted']),
  outputs: z.enum(['asked', 'all']),
  reads: z.array(z.strictObject({ path: below, digest: digest.nullable() })),
  files: z.record(z.string(), digest),
});

/** Undefined for anything but the manifest of a bundle of this format. */
export function parseManifest(text: string): Manifest | undefined {
  try {
    return manifestSchema.parse(JSON.parse(text)) as unknown as Manifest;
  } catch {
    return undefined;
  }
}

/** The format of a bundle that this restage may not know; undefined for anything that is none. */
export function formatOf(text: string): { readonly format: number; readonly restage: string } | undefined {
  const parsed = z
    .object({ kind: z.literal('restage-bundle'), format: z.number(), restage: z.string() })
    .safeParse(jsonOf(text));
  return parsed.success ? parsed.data : undefined;
}

/** Whether a path stays below the folder that it starts at, on every system. */
export function isBelow(path: string): boolean {
  const parts = path.replace(/\/$/, '').split('/');
  return parts.every((part) => !['', '.', '..', 'node_modules'].includes(part) && !/[\\:\0]/.test(part));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

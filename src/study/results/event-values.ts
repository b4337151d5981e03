/** The values of a metric by event: a list of numbers in a result, or a column of a table. */
import { decodeArtifact } from '../../core/artifact/registry.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Cache } from '../../store/cache.ts';
import type { ResultOutput } from '../../store/query/runs.ts';
import { valueAt } from '../../audit/lineage/json-numbers.ts';
import { isWithin } from '../../audit/runs/run-values.ts';

export type EventsFound =
  | { readonly values: ArrayLike<number>; readonly result: ResultOutput; readonly path: string }
  /** Why there are none, in a few words. */
  | { readonly missing: string };

/** @param of `losses`, a result, or `scores.loss`, a list in it or a column of it. @throws ArtifactCorruptError */
export function eventValues(cache: Cache, results: readonly ResultOutput[], of: string): EventsFound {
  const result = results.find(({ name }) => isWithin(of, name));
  if (result?.artifact == null) return { missing: `no ${of}` };
  const { artifact, name } = result;
  const path = of.slice(name.length).replace(/^\./, '');
  const whole = decodeArtifact(artifact.kind, cache.read(artifact), name);
  const values =
    artifact.kind === 'table'
      ? (whole as { readonly columns: Readonly<Record<string, unknown>> }).columns[path]
      : artifact.kind === 'json'
        ? path === ''
          ? whole
          : valueAt(whole as CanonicalValue, path)
        : undefined;
  if (!isNumbers(values)) return { missing: `${of} is not a list of numbers, one for each event` };
  return { values: Float64Array.from(values), result, path };
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  if (ArrayBuffer.isView(value)) return !(value instanceof BigInt64Array || value instanceof BigUint64Array);
  return Array.isArray(value) && value.every((each) => typeof each === 'number');
}

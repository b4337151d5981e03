/** The one effect table that is meant, where its bytes are asked for. */
import { short } from '../../core/identity/digest.ts';
import { UsageError } from '../../errors.ts';
import type { EffectTableRecord } from '../query/effects.ts';
import type { FoundEffects } from './found.ts';

/** @throws UsageError if there are several, or a row or a number of one is meant */
export function oneTable(word: string, { tables, reference }: FoundEffects): EffectTableRecord {
  const digests = tables.map(({ key }) => short(key)).join(', ');
  if (reference?.branch !== undefined)
    throw new UsageError(
      `${word} is a row of an effect table, or a number in it; "restage how ${word}" tells about it, and the table is ${digests}.`,
    );
  if (tables.length === 1) return tables[0]!;
  throw new UsageError(`${word} has ${tables.length} effect tables; name one by its digest: ${digests}.`);
}

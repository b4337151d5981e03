/** An effect table as it is on record: its rows, and the values with the states that they are of. */
import type { EffectInputs } from '../../core/statistics/effect-record.ts';
import type { EffectTable } from '../../core/statistics/effect-table.ts';
import type { Cache } from '../../store/cache.ts';
import type { EffectTableRecord } from '../../store/query/effects.ts';

export interface RecordedEffects {
  readonly record: EffectTableRecord;
  readonly table: EffectTable;
  readonly inputs: EffectInputs;
}

/** @throws ArtifactCorruptError */
export function recordedEffects(cache: Cache, record: EffectTableRecord): RecordedEffects {
  const parsed = (artifact: EffectTableRecord['content']): unknown =>
    JSON.parse(Buffer.from(cache.read(artifact)).toString());
  return { record, table: parsed(record.content) as EffectTable, inputs: parsed(record.inputs) as EffectInputs };
}

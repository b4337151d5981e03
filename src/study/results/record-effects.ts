/** Puts the effect tables of a study on record, so that each of their numbers can be asked how it came about. */
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { effectInputsText, effectKey } from '../../core/statistics/effect-record.ts';
import type { EffectTable } from '../../core/statistics/effect-table.ts';
import type { Cache } from '../../store/cache.ts';
import type { StudyRecord } from '../../store/query/studies.ts';
import { studyTables } from './effects.ts';

export interface StudyEffects {
  readonly study: string;
  /** The run that made the states. */
  readonly run: number;
  /** Metric by metric: against the base, then along each cumulative path. */
  readonly tables: readonly RecordedTable[];
}

export interface RecordedTable extends EffectTable {
  /** The digest by which it is on record: of what it was worked out from. */
  readonly digest: Digest;
}

/** @throws DefinitionError as `studyTables` */
export async function recordEffects(cache: Cache, record: StudyRecord): Promise<StudyEffects> {
  const made = studyTables(cache, record).map(({ table, inputs }) => {
    const text = effectInputsText(inputs);
    const sources = [...new Set(inputs.values.flatMap((value) => value.sources.map(({ state }) => state)))];
    const key = effectKey(text);
    const bytes = { inputs: Buffer.from(text), content: Buffer.from(JSON.stringify(table)) };
    return { table: { ...table, digest: key }, row: { key, sources, ...bytes } };
  });
  cache.record.effects.add(
    record.run,
    made.map(({ row }) => row),
  );
  await cache.record.flush();
  return { study: record.name, run: record.run, tables: made.map(({ table }) => table) };
}

export type EffectForm = 'CSV' | 'JSON' | 'Markdown' | 'LaTeX' | 'SVG';

/** Remembers that a file with these bytes has the tables of the study. */
export async function recordEffectFile(cache: Cache, study: number, form: EffectForm, content: string): Promise<void> {
  cache.record.effects.addFile(study, { digest: sha256(content), form });
  await cache.record.flush();
}

/** Finds a number that an effect table printed, among the tables of the latest studies. */
import { type CellName, CELLS, cellOf, printedCell } from '../../core/statistics/effect-cell.ts';
import type { EffectRow } from '../../core/statistics/effect-table.ts';
import type { Cache } from '../../store/cache.ts';
import { type RecordedEffects, recordedEffects } from './recorded-table.ts';

/** Counts are found everywhere. */
const FOUND = CELLS.filter((cell) => !['pairs', 'wins', 'df'].includes(cell));

/** How many studies are looked at. */
export const LATEST_STUDIES = 100;

export interface FoundCell extends RecordedEffects {
  readonly row: EffectRow;
  readonly cell: CellName;
  readonly value: number;
  /** Whether the table prints it with just these digits. */
  readonly isPrinted: boolean;
}

/**
 * Cells that are written so, newest study first; a number that a row shares with another one, such as the mean of the
 * base, once.
 * @param text as it was printed, with or without a plus. @param isMeant whether a number may be meant by the text
 */
export function findCells(cache: Cache, text: string, isMeant: (value: number) => boolean): readonly FoundCell[] {
  const digits = text.replace(/^\+/, '');
  const found = new Map<string, FoundCell>();
  for (const record of cache.query.effects.latest(LATEST_STUDIES)) {
    const effects = recordedEffects(cache, record);
    for (const row of effects.table.rows)
      for (const cell of FOUND) {
        const value = cellOf(row, cell);
        if (value === null) continue;
        const isPrinted = printedCell(row, cell) === digits;
        if (!isPrinted && !isMeant(value)) continue;
        const same =
          cell === 'base'
            ? `${record.key} base ${row.base} ${value}`
            : `${record.key} ${cell} ${row.variant} ${row.base}`;
        if (!found.has(same)) found.set(same, { ...effects, row, cell, value, isPrinted });
      }
  }
  return [...found.values()];
}

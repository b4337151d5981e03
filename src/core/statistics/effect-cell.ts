/** The numbers of a row of an effect table, by name: how they are read, printed and found again. */
import type { EffectRow } from './effect-table.ts';

/** In the order in which they are told. */
export const CELLS = [
  'base',
  'mean',
  'difference',
  'low',
  'high',
  'p',
  'holm',
  'pairs',
  'wins',
  'sd',
  'se',
  'df',
  't',
  'worse',
  'same',
  'better',
] as const;

export type CellName = (typeof CELLS)[number];

export function isCellName(name: string): name is CellName {
  return (CELLS as readonly string[]).includes(name);
}

/** Null if the row has no such number. */
export function cellOf(row: EffectRow, cell: CellName): number | null {
  const estimate = row.estimate.kind === 'interval' ? row.estimate : null;
  switch (cell) {
    case 'base':
      return row.baseMean;
    case 'mean':
      return row.variantMean;
    case 'difference':
      return row.difference;
    case 'pairs':
      return row.n;
    case 'wins':
      return row.wins;
    case 'holm':
      return row.holmP;
    case 'low':
    case 'high':
    case 'p':
    case 'sd':
    case 'se':
    case 'df':
    case 't':
      return estimate?.[cell] ?? null;
    case 'worse':
    case 'same':
    case 'better':
      return row.equivalence?.[cell] ?? null;
  }
}

/** The number as a table prints it, without a plus; null if the row has no such number. */
export function printedCell(row: EffectRow, cell: CellName): string | null {
  const value = cellOf(row, cell);
  if (value === null) return null;
  switch (cell) {
    case 'base':
    case 'mean':
    case 'difference':
    case 'low':
    case 'high':
      return value.toFixed(decimalsOf(row));
    case 'holm':
    case 'p':
      return value.toFixed(4);
    case 'worse':
    case 'same':
    case 'better':
      return value.toFixed(2);
    case 'sd':
    case 'se':
    case 't':
      return String(Number(value.toPrecision(6)));
    case 'pairs':
    case 'wins':
    case 'df':
      return String(value);
  }
}

/**
 * Decimals of the values of a row: as many as show two digits of the standard error, or six significant ones of the
 * mean.
 */
export function decimalsOf({ estimate, variantMean, baseMean }: EffectRow): number {
  const size = estimate.kind === 'interval' ? estimate.se / 10 : Math.abs(variantMean ?? baseMean ?? 1) / 1e5;
  return size > 0 && Number.isFinite(size) ? Math.min(12, Math.max(0, -exponentOf(size))) : 0;
}

/** The power of ten of the first digit: -3 of 0.0042. */
function exponentOf(value: number): number {
  return Number(value.toExponential().split('e')[1]);
}

/**
 * Goals and what was measured against them, as a table. Nothing here fails: figures of a shared machine are for people.
 */
import type { Spread } from './statistics.ts';

export interface Goal {
  /** As in the list of goals: `G1`. */
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  /** Which side of the goal is the good one. */
  readonly direction: '<=' | '>=';
  readonly goal: number;
  readonly stretch: number;
}

/** What was measured by the wall clock and, where that makes sense, in CPU time, which other processes disturb less. */
export interface Measured {
  readonly goal: Goal;
  readonly wall: Spread | undefined;
  readonly cpu?: Spread;
  /** Anything else worth saying; for a missing figure, why. */
  readonly note?: string;
}

export function goal(id: string, what: string, unit: string, most: number, stretch: number): Goal {
  return { id, what, unit, direction: '<=', goal: most, stretch };
}

export function atLeast(id: string, what: string, unit: string, least: number, stretch: number): Goal {
  return { id, what, unit, direction: '>=', goal: least, stretch };
}

export function goalTable(rows: readonly Measured[]): string {
  const cells = rows.map(({ goal, wall, cpu, note }) => [
    goal.id,
    goal.what,
    `${goal.direction} ${goal.goal}${goal.unit}`,
    `${goal.stretch}${goal.unit}`,
    wall === undefined ? '-' : figure(wall, goal.unit),
    cpu === undefined ? '' : figure(cpu, goal.unit),
    wall === undefined ? 'not measured' : verdict(wall.median, goal),
    note ?? '',
  ]);
  return table([['id', 'what', 'goal', 'stretch', 'measured', 'by CPU time', 'verdict', ''], ...cells]);
}

export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function figure({ median, low, high }: Spread, unit: string): string {
  const main = `${digits(median)}${unit}`;
  return low === high ? main : `${main} (${digits(low)}..${digits(high)})`;
}

function digits(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function verdict(value: number, { direction, goal, stretch }: Goal): string {
  const reaches = (limit: number): boolean => (direction === '<=' ? value <= limit : value >= limit);
  if (reaches(stretch)) return 'stretch reached';
  return reaches(goal) ? 'reached' : 'missed';
}

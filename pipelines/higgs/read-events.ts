/** Reading the open-data file into an events table, and what is wrong with a file that cannot be one. */
import { DataError, type Table } from 'restage';
import { readCsv } from 'restage/io';
import { DERIVED, type Derived, type EventColumn, LABELS, PRIMITIVE, type Primitive, SETS } from './columns.ts';

/**
 * The events of an open-data file: 30 float32 columns as they stand there (-999 for undefined), and EventId, Label,
 * KaggleSet and KaggleWeight.
 * @throws DataError for what `readCsv` refuses, bad weights, a repeated EventId, or no training events of a class
 */
export async function readEvents(path: string, signal?: AbortSignal): Promise<Table<EventColumn>> {
  const features = Object.fromEntries([...DERIVED, ...PRIMITIVE].map((name) => [name, 'float32']));
  const columns = {
    ...(features as Record<Derived | Primitive, 'float32'>),
    EventId: 'int32',
    Label: { codes: LABELS },
    KaggleSet: { codes: SETS },
    KaggleWeight: 'float64',
  } as const;
  const events = await readCsv(path, columns, { ...(signal && { signal }) });
  checkEvents(events, path);
  return events;
}

/** @throws DataError naming `path` and the line at fault */
export function checkEvents(events: Table<EventColumn>, path: string): void {
  const { KaggleWeight: weight, Label: label, KaggleSet: set, EventId: id, PRI_jet_num: jets } = events.columns;
  const training = [0, 0];
  const lines = new Map<number, number>();
  for (let row = 0; row < events.rows; row++) {
    const line = row + 2;
    const w = weight[row]!;
    if (!(w >= 0) || w === Number.POSITIVE_INFINITY)
      throw new DataError(
        `${path}, line ${line}: KaggleWeight is ${w}; a weight must be a finite number and not negative.`,
      );
    const n = jets[row]!;
    if (!(n === 0 || n === 1 || n === 2 || n === 3))
      throw new DataError(`${path}, line ${line}: PRI_jet_num is ${n}; the challenge counts 0, 1, 2 or 3 jets.`);
    const before = lines.get(id[row]!);
    if (before !== undefined)
      throw new DataError(
        `${path}, line ${line}: EventId ${id[row]!} was on line ${before} before; an event may be there once only.`,
      );
    lines.set(id[row]!, line);
    if (set[row] === SETS.t) training[label[row]!]!++;
  }
  for (const [word, code] of Object.entries(LABELS))
    if (training[code] === 0)
      throw new DataError(
        `${path} has no event with Label ${word} in KaggleSet t, which is what is trained on; give a file with both classes.`,
      );
}

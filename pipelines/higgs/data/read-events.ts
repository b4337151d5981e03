/** Reading the challenge's files into tables, and refusing files that cannot be one. */
import { DataError, type Table, tableOf } from 'restage';
import { isParquet, readTable } from 'restage/io';
import { type EventColumn, LABELS, MEASURED, type MeasuredColumn, SETS } from './columns.ts';
import { labelledFormat, refuseLabelled } from './file-formats.ts';

/** The columns of events of unknown class. */
export type UnlabelledColumn = MeasuredColumn | 'EventId';

const UNLABELLED = {
  ...(Object.fromEntries(MEASURED.map((name) => [name, 'float32'])) as Record<MeasuredColumn, 'float32'>),
  EventId: 'int32',
} as const;

/** The name of a row of the file, for messages; rows count from 0 here. */
type RowName = (row: number) => string;
const lineOfCsv: RowName = (row) => `line ${row + 2}`;

async function rowNames(path: string): Promise<RowName> {
  return (await isParquet(path)) ? (row) => `row ${row + 1}` : lineOfCsv;
}

/**
 * The events of an open-data file or of Kaggle's training.csv, distinguished by the header, as CSV or Parquet: 30
 * float32 columns as they are there (-999 for undefined), and EventId, Label, KaggleSet and KaggleWeight. Those of
 * training.csv are all of set t, and what it calls Weight is the KaggleWeight.
 * @throws DataError for what `readTable` refuses, bad weights, a repeated EventId, or no training events of a class
 */
export async function readEvents(path: string, signal?: AbortSignal): Promise<Table<EventColumn>> {
  const options = signal && { signal };
  const name = await rowNames(path);
  const format = await labelledFormat(path, signal);
  if (format === 'training') {
    const columns = { ...UNLABELLED, Label: { codes: LABELS }, Weight: 'float64' } as const;
    const { rows, columns: read } = await readTable(path, columns, options);
    const { Weight: KaggleWeight, ...others } = read;
    const events = tableOf({ ...others, KaggleWeight, KaggleSet: new Uint8Array(rows).fill(SETS.t) });
    checkEvents(events, path, name, 'Weight');
    return events;
  }
  const columns = {
    ...UNLABELLED,
    Label: { codes: LABELS },
    KaggleSet: { codes: SETS },
    KaggleWeight: 'float64',
  } as const;
  const events = await readTable(path, columns, options);
  checkEvents(events, path, name);
  return events;
}

/**
 * The events of Kaggle's test.csv: 30 float32 columns as they are there, and EventId. There may be none.
 * @throws DataError for what `readTable` refuses, labels, or a repeated EventId
 */
export async function readUnlabelled(path: string, signal?: AbortSignal): Promise<Table<UnlabelledColumn>> {
  await refuseLabelled(path, signal);
  const events = await readTable(path, UNLABELLED, signal && { signal });
  checkMeasured(events, path, await rowNames(path));
  return events;
}

/**
 * @param weightName what the file calls the weight
 * @throws DataError naming `path` and the line at fault
 */
export function checkEvents(
  events: Table<EventColumn>,
  path: string,
  name: RowName = lineOfCsv,
  weightName = 'KaggleWeight',
): void {
  const { KaggleWeight: weight, Label: label, KaggleSet: set } = events.columns;
  const training = [0, 0];
  for (let row = 0; row < events.rows; row++) {
    const w = weight[row]!;
    if (!(w >= 0) || w === Number.POSITIVE_INFINITY)
      throw new DataError(
        `${path}, ${name(row)}: ${weightName} is ${w}; a weight must be a finite number and not negative.`,
      );
    if (set[row] === SETS.t) training[label[row]!]!++;
  }
  checkMeasured(events, path, name);
  for (const [word, code] of Object.entries(LABELS))
    if (training[code] === 0)
      throw new DataError(
        `${path} has no event with Label ${word} in KaggleSet t, which is what is trained on; give a file with both classes.`,
      );
}

/** @throws DataError for an impossible number of jets, or an EventId that occurs twice */
function checkMeasured({ rows, columns }: Table<UnlabelledColumn>, path: string, name: RowName): void {
  const { EventId: id, PRI_jet_num: jets } = columns;
  let ascending = true;
  for (let row = 0; row < rows; row++) {
    const n = jets[row]!;
    if (!(n === 0 || n === 1 || n === 2 || n === 3))
      throw new DataError(`${path}, ${name(row)}: PRI_jet_num is ${n}; the challenge counts 0, 1, 2 or 3 jets.`);
    ascending &&= row === 0 || id[row]! > id[row - 1]!;
  }
  // The ids ascend in the challenge's own files; looking for repetitions would take more memory than a column.
  if (ascending) return;
  const rowsById = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    const before = rowsById.get(id[row]!);
    if (before !== undefined)
      throw new DataError(
        `${path}, ${name(row)}: EventId ${id[row]!} was on ${name(before)} before; an event may occur only once.`,
      );
    rowsById.set(id[row]!, row);
  }
}

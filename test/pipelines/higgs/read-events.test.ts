import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataError, type Table } from 'restage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EventColumn, FILE_COLUMNS, LABELS, SETS } from '../../../pipelines/higgs/data/columns.ts';
import { readEvents, readUnlabelled } from '../../../pipelines/higgs/data/read-events.ts';
import { type CsvColumn, readTable, readTableHeader, writeParquet } from 'restage/io';
import { type Format, writeRepeated } from '../../helpers/repeated-events.ts';
import { sliceEvents } from './slice.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restage-higgs-'));
});
afterAll(() => rm(directory, { recursive: true }));

type Row = Partial<Record<(typeof FILE_COLUMNS)[number], string | number>>;

/** A file with these rows; other values are 1.5, and the first two rows are one event of each class. */
async function fileOf(rows: readonly Row[]): Promise<string> {
  const path = join(directory, 'events.csv');
  const defaults: Row = { PRI_jet_num: 1, Label: 's', KaggleSet: 't', Weight: 0.5 };
  const lines = rows.map((row, n) =>
    FILE_COLUMNS.map((name) => row[name] ?? defaults[name] ?? (name === 'EventId' ? 100000 + n : 1.5)).join(','),
  );
  await writeFile(path, `${[FILE_COLUMNS.join(','), ...lines].join('\n')}\n`);
  return path;
}

async function refusal(rows: readonly Row[]): Promise<string> {
  const path = await fileOf(rows);
  const error: unknown = await readEvents(path).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(DataError);
  return (error as DataError).message.replaceAll(path, 'FILE');
}

describe('the open-data file', () => {
  test('is read completely: 18,000 rows of set t in the slice, 6,136 of them signal', async (context) => {
    const { rows, columns } = await sliceEvents(context);
    expect(rows).toBe(18_000);
    expect(Array.from(columns.Label).filter((label) => label === LABELS.s)).toHaveLength(6_136);
    expect(columns.KaggleSet.every((set) => set === SETS.t)).toBe(true);
    expect(columns.EventId[0]).toBe(100_000);
    expect(columns.DER_mass_MMC[0]).toBe(Math.fround(138.47));
    expect(columns.KaggleWeight[1]).toBe(2.23358448717);
    expect(columns.PRI_jet_subleading_phi[1]).toBe(-999);
  });

  test('may hold a weight of zero and events of all sets', async () => {
    const path = await fileOf([
      { Label: 's', KaggleWeight: 0 },
      { Label: 'b' },
      { KaggleSet: 'b' },
      { KaggleSet: 'v' },
      { KaggleSet: 'u' },
    ]);
    const { columns } = await readEvents(path);
    expect(columns.KaggleSet).toEqual(Uint8Array.of(0, 0, 1, 2, 3));
    expect(columns.Label).toEqual(Uint8Array.of(1, 0, 1, 1, 1));
  });
});

const ACCEPTED =
  "data may be the open-data file (EventId, 30 features, Label, KaggleSet, KaggleWeight) or Kaggle's training.csv (EventId, 30 features, Weight, Label)";

/** The header, and the message about it. */
const BAD_HEADERS: readonly (readonly [string, readonly string[], string])[] = [
  [
    'the open data without a feature',
    FILE_COLUMNS.filter((name) => name !== 'PRI_met'),
    `FILE lacks PRI_met to be the open-data file; ${ACCEPTED}.`,
  ],
  [
    'the open data without its sets, though with a Weight',
    FILE_COLUMNS.filter((name) => name !== 'KaggleSet'),
    `FILE lacks KaggleSet to be the open-data file; ${ACCEPTED}.`,
  ],
  [
    'the open data without its weights, though with a Weight',
    FILE_COLUMNS.filter((name) => name !== 'KaggleWeight'),
    `FILE lacks KaggleWeight to be the open-data file; ${ACCEPTED}.`,
  ],
  [
    'training.csv without two columns',
    FILE_COLUMNS.slice(0, 33).filter((name) => !['Label', 'DER_mass_vis'].includes(name)),
    `FILE lacks DER_mass_vis and Label to be Kaggle's training.csv; ${ACCEPTED}.`,
  ],
  [
    'test.csv, which has no labels',
    FILE_COLUMNS.slice(0, 31),
    "FILE has neither Weight nor Label, as Kaggle's test.csv, and nothing can be learnt from it; give it as -S test=PATH, beside -S data=PATH with training.csv.",
  ],
  [
    'another table',
    ['name', 'price'],
    `FILE lacks EventId, DER_mass_MMC, DER_mass_transverse_met_lep, DER_mass_vis, DER_pt_h, DER_deltaeta_jet_jet and 27 more columns to be Kaggle's training.csv; ${ACCEPTED}.`,
  ],
];

describe('a file other than open data is refused in one sentence', () => {
  test('for a weight that is negative or not finite', async () => {
    expect(await refusal([{}, { KaggleWeight: -0.1, Label: 'b' }])).toBe(
      'FILE, line 3: KaggleWeight is -0.1; a weight must be a finite number and not negative.',
    );
    expect(await refusal([{ KaggleWeight: 'nan' }])).toBe(
      'FILE, line 2: KaggleWeight is NaN; a weight must be a finite number and not negative.',
    );
    expect(await refusal([{ KaggleWeight: 'inf' }])).toBe(
      'FILE, line 2: KaggleWeight is Infinity; a weight must be a finite number and not negative.',
    );
  });

  test('for an event that is there twice', async () => {
    expect(await refusal([{ EventId: 7 }, { EventId: 8, Label: 'b' }, { EventId: 7 }])).toBe(
      'FILE, line 4: EventId 7 was on line 2 before; an event may occur only once.',
    );
  });

  test('for a class without training events', async () => {
    expect(await refusal([{ Label: 's' }, { Label: 'b', KaggleSet: 'v' }])).toBe(
      'FILE has no event with Label b in KaggleSet t, which is what is trained on; give a file with both classes.',
    );
    expect(await refusal([])).toBe(
      'FILE has no event with Label b in KaggleSet t, which is what is trained on; give a file with both classes.',
    );
  });

  test('for a label, a set or a number of jets that the challenge does not have', async () => {
    expect(await refusal([{ Label: 'x' }])).toContain('FILE, line 2: column Label says "x", which is not one of b, s');
    expect(await refusal([{ KaggleSet: 'q' }])).toContain(
      'FILE, line 2: column KaggleSet says "q", which is not one of t, b, v, u',
    );
    expect(await refusal([{ PRI_jet_num: 4 }])).toBe(
      'FILE, line 2: PRI_jet_num is 4; the challenge counts 0, 1, 2 or 3 jets.',
    );
  });

  test.each(BAD_HEADERS)('for a header of an unknown format: %s', async (_, header, sentence) => {
    const path = join(directory, 'header.csv');
    await writeFile(path, `${header.join(',')}\n`);
    const error: unknown = await readEvents(path).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message.replaceAll(path, 'FILE')).toBe(sentence);
  });
});

describe("Kaggle's training.csv", () => {
  test('is recognised by its header; all of its events are of set t, and its Weight is the KaggleWeight', async () => {
    const { path, open } = await sameEvents('training');
    const { columns } = await readEvents(path);
    expect(columns.KaggleSet).toEqual(new Uint8Array(40).fill(SETS.t));
    for (const name of ['EventId', 'Label', 'KaggleWeight', 'DER_mass_MMC', 'PRI_jet_all_pt'] as const)
      expect(columns[name]).toEqual(open.columns[name].subarray(0, 40));
    // In the open data, the column of that name has other values.
    expect(readFileSync(join(directory, 'open.csv'), 'utf8')).toContain(',Weight,Label,KaggleSet,KaggleWeight\n');
  });

  test('is refused for a weight, by the name in that file', async () => {
    const { path, text } = await sameEvents('training');
    writeFileSync(path, text.replace(/,[^,]+,s\n/, ',-1,s\n'));
    await expect(readEvents(path)).rejects.toThrow(
      /, line \d+: Weight is -1; a weight must be a finite number and not negative\.$/,
    );
  });
});

describe("Kaggle's test.csv", () => {
  test('gives the events of sets b and v without labels, plain or as gzip, and may be empty', async () => {
    const { path, text, open } = await sameEvents('test');
    const events = await readUnlabelled(path);
    expect(events.rows).toBe(30);
    for (const name of ['EventId', 'DER_mass_MMC', 'PRI_jet_all_pt'] as const)
      expect(events.columns[name]).toEqual(open.columns[name].subarray(40, 70));
    writeFileSync(`${path}.gz`, gzipSync(text));
    expect(await readUnlabelled(`${path}.gz`)).toEqual(events);
    writeFileSync(path, text.slice(0, text.indexOf('\n') + 1));
    expect((await readUnlabelled(path)).rows).toBe(0);
  });

  test.each([
    [
      'labels',
      (text: string) => text.replaceAll('\n', ',s\n').replace(/,s\n/, ',Label\n'),
      "FILE has labels (the column Label), so there is nothing to predict for a submission; give Kaggle's test.csv as test, and this file as data.",
    ],
    [
      'columns that are missing',
      (text: string) => text.replace(/DER_pt_h|PRI_met_phi/g, 'x'),
      "FILE lacks DER_pt_h and PRI_met_phi to be Kaggle's test.csv; test may be a file with EventId and the 30 features.",
    ],
    [
      'an event that is there twice',
      (text: string) => text + text.split('\n')[1]!,
      'FILE, line 32: EventId 100040 was on line 2 before; an event may occur only once.',
    ],
    [
      'an invalid number',
      (text: string) => text.replace(/\n100041,[^,]+/, '\n100041,?'),
      'FILE, line 3: column DER_mass_MMC says "?"',
    ],
  ])('is refused in one sentence for %s', async (_, spoil, sentence) => {
    const { path, text } = await sameEvents('test');
    writeFileSync(path, spoil(text));
    const error: unknown = await readUnlabelled(path).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message.replaceAll(path, 'FILE')).toContain(sentence);
  });
});

/** A file of Kaggle's, and the open-data file of the same events: 40 of set t, 10 of b, 20 of v, 5 of u. */
async function sameEvents(
  format: Format,
): Promise<{ readonly path: string; readonly text: string; readonly open: Table<EventColumn> }> {
  const sizes = { t: 40, b: 10, v: 20, u: 5 };
  const path = join(directory, `${format}.csv`);
  const open = join(directory, 'open.csv');
  await writeRepeated(path, sizes, format);
  await writeRepeated(open, sizes);
  return { path, text: readFileSync(path, 'utf8'), open: await readEvents(open) };
}

describe('either file as Parquet', () => {
  /** The CSV file's rows, with its words as text and its integers as pandas keeps them. */
  async function asParquet(csv: string): Promise<string> {
    const names = await readTableHeader(csv);
    const special: Readonly<Record<string, CsvColumn>> = {
      EventId: 'int32',
      Label: { codes: LABELS },
      KaggleSet: { codes: SETS },
    };
    const columns = Object.fromEntries(names.map((name) => [name, special[name] ?? ('float64' as const)]));
    const words = { Label: Object.keys(LABELS), KaggleSet: Object.keys(SETS) };
    const chunks: Uint8Array[] = [];
    for await (const chunk of writeParquet(await readTable(csv, columns), { words })) chunks.push(chunk);
    const path = join(directory, 'events.parquet');
    writeFileSync(path, Buffer.concat(chunks));
    return path;
  }

  test.each(['open-data', 'training'] as const)('gives the same table as the CSV: %s', async (format: Format) => {
    const csv = join(directory, 'same.csv');
    await writeRepeated(csv, { t: 300, b: 20, v: 20, u: 5 }, format);
    expect(await readEvents(await asParquet(csv))).toEqual(await readEvents(csv));
  });

  test('is refused with the wrong row, or the missing column', async () => {
    const refused = async (path: string): Promise<string> => {
      const error: unknown = await readEvents(path).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(DataError);
      return (error as DataError).message.replaceAll(path, 'FILE');
    };
    const wrong = await fileOf([{ Label: 's' }, { Label: 'b' }, { KaggleWeight: -2 }]);
    expect(await refused(await asParquet(wrong))).toMatch(/^FILE, row 3: KaggleWeight is -2; a weight must be/);
    const twice = await fileOf([{ Label: 's' }, { Label: 'b' }, { EventId: 100_000 }]);
    expect(await refused(await asParquet(twice))).toMatch(/^FILE, row 3: EventId 100000 was on row 1 before;/);
    const other = join(directory, 'other.parquet');
    const chunks: Uint8Array[] = [];
    for await (const chunk of writeParquet({ rows: 1, columns: { KaggleSet: Uint8Array.of(1) } })) chunks.push(chunk);
    writeFileSync(other, Buffer.concat(chunks));
    expect(await refused(other)).toMatch(/^FILE lacks EventId, .* to be the open-data file/);
  });
});

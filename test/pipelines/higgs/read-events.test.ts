import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from 'restage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FILE_COLUMNS, LABELS, SETS } from '../../../pipelines/higgs/columns.ts';
import { readEvents } from '../../../pipelines/higgs/read-events.ts';
import { sliceEvents } from './slice.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restage-higgs-'));
});
afterAll(() => rm(directory, { recursive: true }));

type Row = Partial<Record<(typeof FILE_COLUMNS)[number], string | number>>;

/** A file with these rows; what is not given is 1.5, and the first two rows are one event of each class. */
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
  test('is read whole: 18,000 rows of set t in the slice, 6,136 of them signal', async (context) => {
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

describe('a file that is no open data is refused in one sentence', () => {
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
      'FILE, line 4: EventId 7 was on line 2 before; an event may be there once only.',
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
    expect(await refusal([{ Label: 'x' }])).toBe(
      'FILE, line 2: column Label says "x", which is none of b, s; correct the line or take it away.',
    );
    expect(await refusal([{ KaggleSet: 'q' }])).toBe(
      'FILE, line 2: column KaggleSet says "q", which is none of t, b, v, u; correct the line or take it away.',
    );
    expect(await refusal([{ PRI_jet_num: 4 }])).toBe(
      'FILE, line 2: PRI_jet_num is 4; the challenge counts 0, 1, 2 or 3 jets.',
    );
  });

  test('such as the training.csv of Kaggle, which has no KaggleSet', async () => {
    const path = join(directory, 'training.csv');
    await writeFile(path, 'EventId,DER_mass_MMC,PRI_jet_all_pt,Weight,Label\n');
    await expect(readEvents(path)).rejects.toThrow(
      `${path} has no column DER_mass_transverse_met_lep; its header names EventId, DER_mass_MMC, PRI_jet_all_pt, Weight, Label.`,
    );
  });
});

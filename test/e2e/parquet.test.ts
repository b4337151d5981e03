/** Parquet on both ends of the reference pipeline, in real workers: as its data, and as a table taken out. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { LABELS, SETS } from '../../pipelines/higgs/data/columns.ts';
import { type CsvColumn, readCsvHeader, readTable, writeParquet } from '../../src/io/index.ts';
import { makeInProcessReferenceProject } from '../helpers/in-process-project.ts';
import { writeRepeated } from '../helpers/repeated-events.ts';

const PIPELINE = fileURLToPath(new URL('../../pipelines/higgs', import.meta.url));

test('the same events as CSV and as Parquet are the same states below the reading', async () => {
  const project = makeInProcessReferenceProject();
  const [csv, parquet] = [project.path('events.csv'), project.path('events.parquet')];
  await writeRepeated(csv, { t: 500, b: 50, v: 50, u: 0 });
  const special: Readonly<Record<string, CsvColumn>> = {
    EventId: 'int32',
    Label: { codes: LABELS },
    KaggleSet: { codes: SETS },
  };
  const columns = Object.fromEntries(
    (await readCsvHeader(csv)).map((name) => [name, special[name] ?? ('float64' as const)]),
  );
  const words = { Label: Object.keys(LABELS), KaggleSet: Object.keys(SETS) };
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeParquet(await readTable(csv, columns), { words })) chunks.push(chunk);
  writeFileSync(parquet, Buffer.concat(chunks));

  const run = async (data: string) => {
    const args = ['run', PIPELINE, 'preprocess', '--cache', project.cache, '--reporter', 'json', '-S', `data=${data}`];
    const { outcomes, stderr } = await project.runOf(args);
    expect(stderr).toBe('');
    return outcomes;
  };
  expect(await run(csv)).toEqual({ read: 'ran', preprocess: 'ran' });
  expect(await run(parquet)).toEqual({ read: 'ran', preprocess: 'cut-off' });

  const out = project.path('features.parquet');
  const got = await project.restage(['get', 'preprocess.features', '-o', out, '--cache', project.cache]);
  expect(got).toMatchObject({ code: 0, stderr: '' });
  expect((await readTable(out, { EventId: 'int32' })).columns.EventId[0]).toBe(100_000);
  expect(project.complaints()).toEqual([]);
});

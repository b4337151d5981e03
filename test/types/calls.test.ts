/**
 * What the compiler says about calls from code: `run`, `plan`, `open`, and the readers of tables. `npm run typecheck`
 * is the judge: each `@ts-expect-error` must be an error. Nothing here is executed.
 */
import {
  open,
  PauseSwitch,
  plan,
  type PlannedNode,
  type Reader,
  remoteFile,
  type ResultValue,
  run,
  type RunEvent,
  type RunReport,
  stage,
  type Table,
  text,
} from 'restage';
import { readCsv, readTable, writeCsv, writeParquet } from 'restage/io';
import { type NetworkSpec, openTrainer, type Trainer } from 'restage/ml';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

/** Compiled, and never called. */
async function calls(): Promise<void> {
  const request = { pipeline: 'pi', overrides: [{ path: 'boards', text: '5' }], targets: ['estimate'], seed: 1 };
  const report = await run({
    ...request,
    jobs: 2,
    pools: { licence: 1 },
    remote: 'group',
    signal: new AbortController().signal,
    pause: new PauseSwitch(),
    onEvent: (event) => {
      expectTypeOf(event).toEqualTypeOf<RunEvent>();
      if (event.type === 'node-failed') expectTypeOf(event.node).toEqualTypeOf<string>();
    },
  });
  expectTypeOf(report).toEqualTypeOf<RunReport>();
  expectTypeOf(report.results).toEqualTypeOf<readonly ResultValue[]>();
  expectTypeOf(report.counts['cut-off']).toEqualTypeOf<number>();
  expectTypeOf((await plan(request)).nodes).toEqualTypeOf<readonly PlannedNode[]>();
  using record = await open({ cacheDirectory: 'cache' });
  expectTypeOf(record).toEqualTypeOf<Reader>();
  expectTypeOf(record.read('estimate', 'pi')).toEqualTypeOf<unknown>();

  // @ts-expect-error the pipeline is required
  await run({});
  // @ts-expect-error a parameter is set by its path and text
  await run({ pipeline: 'pi', overrides: ['boards=5'] });
  // @ts-expect-error a run takes the name of a remote
  await run({ pipeline: 'pi', remote: { name: 'group' } });
  // @ts-expect-error a plan asks no remote
  await plan({ pipeline: 'pi', remote: 'group' });
  // @ts-expect-error a plan starts nothing
  await plan({ pipeline: 'pi', jobs: 2 });
  // @ts-expect-error a report has no such count
  expectTypeOf(report.counts.cached);
  // @ts-expect-error a node may have no state
  expectTypeOf(record.node('estimate').fields);
}

async function tables(): Promise<void> {
  const table = await readCsv('speeds.csv', { run: 'int32', side: { codes: { left: 0, right: 1 } } });
  expectTypeOf(table).toEqualTypeOf<Table<'run' | 'side'>>();
  expectTypeOf(await readTable('speeds.parquet', { run: 'int32' })).toEqualTypeOf<Table<'run'>>();
  expectTypeOf(writeCsv(table)).toExtend<Iterable<Uint8Array>>();
  expectTypeOf(writeParquet(table)).toExtend<AsyncIterable<Uint8Array>>();
  // @ts-expect-error a column that was not asked for
  expectTypeOf(table.columns.speed);
  // @ts-expect-error a type that no column has
  await readCsv('speeds.csv', { run: 'int64' });
}

const train = stage({
  name: 'types/train',
  params: z.strictObject({}),
  inputs: {},
  outputs: { note: text() },
  compute: true,
  run({ backend }) {
    const spec: NetworkSpec = {
      continuous: 2,
      embeddings: [],
      depth: 1,
      width: 4,
      activation: 'relu',
      dense: false,
    };
    const trainer = openTrainer(backend, spec, { batchSize: 8, adam: { beta2: 0.999, epsilon: 1e-8 } });
    expectTypeOf(trainer).toEqualTypeOf<Trainer>();
    // @ts-expect-error an activation that the trainers do not have
    openTrainer(backend, { ...spec, activation: 'tanh' }, { batchSize: 8, adam: { beta2: 0.999, epsilon: 1e-8 } });
    return { note: '' };
  },
});

function files(): void {
  remoteFile({ url: 'https://example.org/a.csv.gz', sha256: '0'.repeat(64), bytes: 1, encoding: 'gzip' });
  // @ts-expect-error a remote file is pinned by its digest
  remoteFile({ url: 'https://example.org/a.csv', bytes: 1 });
  // @ts-expect-error an encoding that is not supported
  remoteFile({ url: 'https://example.org/a.csv', sha256: '0'.repeat(64), bytes: 1, encoding: 'zstd' });
}

describe('calls from code', () => {
  test('are judged by the compiler', () => {
    expect([calls, tables, files].map((each) => typeof each)).toEqual(['function', 'function', 'function']);
    expect(train.compute).toBe(true);
  });
});

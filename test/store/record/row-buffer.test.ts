import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { cacheKey, planKey } from '../../../src/core/identity/cache-key.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';
import type { Cache } from '../../../src/store/cache.ts';
import { RowBuffer } from '../../../src/store/record/row-buffer.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { databaseOf, openCache } from '../open-cache.ts';

test('rows are all inserted, in the order in which they came, however many there are', () => {
  const db = new Database(':memory:');
  onTestFinished(() => {
    db.close();
  });
  db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT)');
  fc.assert(
    fc.property(fc.array(fc.nat(200), { maxLength: 4 }), (batches) => {
      db.exec('DELETE FROM t');
      const rows: RowBuffer<[a: number, b: string]> = new RowBuffer(
        db,
        2,
        (values) => `INSERT INTO t (a, b) VALUES ${values}`,
        () => rows.write(),
      );
      let count = 0;
      for (const batch of batches) {
        for (let i = 0; i < batch; i++) rows.add(count, `row ${count++}`);
        rows.write();
      }
      expect(db.prepare('SELECT a, b FROM t ORDER BY id').all()).toEqual(
        Array.from({ length: count }, (_, a) => ({ a, b: `row ${a}` })),
      );
    }),
    { numRuns: 30 },
  );
});

function beginRun(cache: Cache): number {
  return cache.record.runs.begin({
    pipeline: 'p',
    source: 's',
    argv: [],
    params: {},
    seed: 0,
    backend: 'none',
    jobs: 1,
    git: null,
    environment: { digest: sha256('{}'), facts: '{}' },
    startedAt: 0,
    results: [],
  });
}

test('rows of a transaction that failed are not written by the next', () => {
  const cache = openCache(temporaryDirectory());
  const run = beginRun(cache);
  expect(() => cache.record.visits.addHits(run, [{ node: { id: 'n' }, state: { id: 77 } }])).toThrow(/FOREIGN KEY/);
  beginRun(cache);
  expect(databaseOf(cache).prepare('SELECT count(*) AS n FROM visit').get()).toEqual({ n: 0 });
});

test('visits with and without a reason are recorded together, in any order and number', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 60, maxLength: 300 }), async (reasons) => {
      const cache = openCache(temporaryDirectory());
      const run = beginRun(cache);
      for (const [index, hasReason] of reasons.entries())
        cache.record.visits.add({
          run,
          node: `n${index}`,
          outcome: 'skipped',
          state: null,
          reason: hasReason ? 'because' : null,
        });
      await cache.record.flush();
      expect(cache.query.visits.ofRun(run).map(({ reason }) => reason !== null)).toEqual(reasons);
    }),
    { numRuns: 20 },
  );
});

test('a state is healed in the transaction that made it', async () => {
  const cache = openCache(temporaryDirectory());
  const code = sha256('code');
  const bundle = Buffer.from('export default 1');
  cache.record.code.add([{ digest: code, stage: 's', module: 's.ts', exportName: 's', bundle, sources: [] }]);
  const run = beginRun(cache);
  const fields = [{ name: 'stage', digest: sha256('s'), preview: 's' }];
  const key = cacheKey(fields);
  for (const [number, text] of ['"one"', '"two"'].entries()) {
    const task = String(number);
    const bytes = Buffer.from(text);
    cache.record.attempts.start({ task, run, node: 'n', number, worker: 'w', at: 0 });
    cache.record.attempts.end(task, { at: 1, compute: null, cpuSeconds: null, peakBytes: null, failure: null });
    const outputs = [{ name: 'out', kind: 'json', digest: sha256(bytes), bytes: bytes.length, inline: bytes }];
    const made = {
      key,
      planKey: planKey(fields),
      stage: 's',
      code,
      fields,
      inputs: [],
      outputs,
      accesses: [],
      seconds: 1,
    };
    cache.record.states.add(task, made);
  }
  await cache.record.flush();
  const { id } = cache.query.states.byKey(key)!;
  expect(cache.query.states.outputs(id).map(({ digest }) => digest)).toEqual([sha256('"two"')]);
});

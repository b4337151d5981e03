/** Slices of one cache's record, added to another one's. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cacheKey, type Field, planKey } from '../../../src/core/identity/cache-key.ts';
import { valueDigest } from '../../../src/core/identity/canonical.ts';
import { type CacheKey, sha256 } from '../../../src/core/identity/digest.ts';
import { SliceError } from '../../../src/errors.ts';
import { Cache } from '../../../src/store/cache.ts';
import type { NewState } from '../../../src/store/record/facts.ts';
import { cutPart, cutSlice } from '../../../src/store/slice/cut-slice.ts';
import { ForeignRecord } from '../../../src/store/slice/foreign-record.ts';
import { type Merged, mergeSlice } from '../../../src/store/slice/merge-slice.ts';
import { parseSlice, type RecordSlice, sliceText } from '../../../src/store/slice/record-slice.ts';
import { StateAdditions } from '../../../src/store/slice/state-additions.ts';
import { TABLES } from '../../../src/store/slice/slice-tables.ts';
import { openEmptyCache } from '../../helpers/empty-cache.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

/** Of each node of a chain the value of its parameter; a node takes the output of the one before it. */
type History = readonly (readonly number[])[];

const history = fc.array(fc.array(fc.nat(2), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });

describe('a slice that is merged', () => {
  test('brings what the other record says, however much is on record already', async () => {
    await fc.assert(
      fc.asyncProperty(history, history, async (theirs, ours) => {
        const [a, b] = [await filled('ada', theirs), await filled('bob', ours)];
        const before = countsOf(b);
        // A state that both have made stays as it was made here.
        const both = keysOf(b);
        const runs = theirs.map((_, index) => index + 1);
        const { runs: numbers, conflicts } = mergeSlice(b, traveled(wholeRuns(a, runs)));
        expect(conflicts).toEqual([]);
        const told = runs.map((run) => factsOf(b, numbers.get(run)!, both));
        expect(told).toEqual(runs.map((run) => factsOf(a, run, both)));
        expect(numbers.get(1)).toBe(before['run']! + 1);
        expect(foreignFaults(b)).toEqual([]);

        const merged = countsOf(b);
        expect(mergeSlice(b, wholeRuns(a, runs)).rows).toBe(0);
        // Back home it adds nothing, except who else made a state that both have.
        const back = wholeRuns(b, [...numbers.values()]);
        const home = mergeSlice(a, back);
        expect([home.newStates, both.size > 0 || home.rows, mergeSlice(a, back).rows]).toEqual([
          0,
          both.size > 0 || 0,
          0,
        ]);
        expect(countsOf(b)).toEqual(merged);
      }),
      { numRuns: 12 },
    );
  });

  test('adds to a run that was there as the maker of a state what else it did', async () => {
    const [a, b] = [await filled('ada', [[1, 2, 0]]), await filled('bob', [])];
    expect(mergeSlice(b, cutSlice(a, { states: [1], runs: [], wholeRuns: [] })).newRuns).toBe(1);
    expect(countsOf(b)['visit']).toBe(1);
    expect(mergeSlice(b, wholeRuns(a, [1])).newRuns).toBe(0);
    expect(factsOf(b, 1)).toEqual(factsOf(a, 1));
  });

  test('brings back a run that was removed here if it is to, and nothing of it with its states', async () => {
    const [a, b] = [await filled('ada', [[1, 2]]), await filled('bob', [])];
    mergeSlice(b, wholeRuns(a, [1]));
    await Cache.using(openEmptyCache(b), ({ record, query }) => {
      record.tags.remove({ run: 1 }, 'ada-0');
      expect(record.removals.remove([1])).toBeUndefined();
      expect([query.runs.list({ limit: 9 }), query.visits.nodes(1, 9)]).toEqual([[], []]);
    });
    mergeSlice(b, cutSlice(a, { states: [1, 2], runs: [1], wholeRuns: [] }));
    await Cache.using(openEmptyCache(b), ({ query }) => expect(query.visits.nodes(1, 9)).toEqual([]));
    mergeSlice(b, wholeRuns(a, [1]), 1);
    expect(factsOf(b, 1)).toEqual(factsOf(a, 1));
    await Cache.using(openEmptyCache(b), ({ query }) => expect(query.runs.listed(1)).toBeDefined());
  });

  test('is refused as a whole if it has other bytes for the key of a state', async () => {
    const [a, b] = [await filled('ada', [[1, 2]]), await filled('bob', [[1]], 'other')];
    const before = countsOf(b);
    const { conflicts, rows } = mergeSlice(b, wholeRuns(a, [1]));
    expect(conflicts.map(({ stage, output }) => [stage, output])).toEqual([['lab/n0', 'out']]);
    expect([rows, countsOf(b)]).toEqual([0, before]);
  });

  test('keeps two runs apart that say the same', async () => {
    const [a, b] = [await filled('ada', [[1], [1]], '', 0), await filled('bob', [])];
    expect(mergeSlice(b, wholeRuns(a, [1, 2])).newRuns).toBe(2);
    expect(mergeSlice(b, wholeRuns(a, [1, 2])).rows).toBe(0);
  });

  test('gives back the bytes of a small value that was damaged here', async () => {
    const [a, b] = [await filled('ada', [[1]]), await filled('bob', [])];
    mergeSlice(b, wholeRuns(a, [1]));
    const digest = sha256('"out of 0: 1 after "');
    const db = new Database(join(b, 'state.db'));
    db.prepare(`UPDATE artifact SET place = 'external', content = NULL WHERE digest = unhex(?)`).run(digest);
    db.close();
    mergeSlice(b, wholeRuns(a, [1]));
    await Cache.using(openEmptyCache(b), ({ query }) => {
      expect(query.prefixes.artifacts(digest)[0]!.inline!.toString()).toBe('"out of 0: 1 after "');
    });
  });
});

describe('states that are taken one by one', () => {
  test('out of the parts that a run left as it went on, say what the whole record says', async () => {
    const [a, b, whole] = [await filled('ada', [[1, 2, 0]]), await filled('bob', []), await filled('bob', [])];
    mergeSlice(whole, cutSlice(a, { states: [3], runs: [], wholeRuns: [] }));
    // The last two were told together.
    const parts = [[1], [2, 3]].map((states) => new ForeignRecord(traveled(cutPart(a, states))));
    const keys = [...keysOf(a)];
    const added = keys.map((key) => {
      const record = parts.find((each) => each.idOf(key as CacheKey) !== undefined)!;
      return add(b, record, record.idOf(key as CacheKey)!).newStates;
    });
    expect(added).toEqual([1, 1, 1]);
    expect(factsOf(b, 1)).toEqual(factsOf(whole, 1));
    expect(countsOf(b)).toEqual(countsOf(whole));
    expect(foreignFaults(b)).toEqual([]);
    expect(add(b, parts[1]!, 3).rows).toBe(0);
  });

  test('out of a record of a whole run, bring nothing else of it', async () => {
    const [a, b] = [await filled('ada', [[1, 2, 0]]), await filled('bob', [])];
    const record = new ForeignRecord(wholeRuns(a, [1]));
    expect(record.producersOf(2)).toEqual([...keysOf(a)].slice(0, 1));
    add(b, record, 1);
    expect(countsOf(b)).toMatchObject({ state: 1, visit: 1, run: 1 });
  });

  test('are refused if what they were made of is not here, or has other bytes', async () => {
    const a = await filled('ada', [[1, 2]]);
    const part = new ForeignRecord(traveled(cutPart(a, [2])));
    for (const word of [undefined, 'other']) {
      const b = await filled('bob', word === undefined ? [] : [[1]], word);
      const before = countsOf(b);
      expect(() => add(b, part, 2)).toThrow('made of other bytes than this cache has');
      expect(countsOf(b)).toEqual(before);
    }
    expect(() => new ForeignRecord({ ...traveled(cutPart(a, [2])), outside: [] })).toThrow('breaks a rule');
    const other = [{ id: 7, key: 'a'.repeat(64) as CacheKey }];
    expect(() => new ForeignRecord({ ...traveled(cutPart(a, [2])), outside: other })).toThrow('which is not there');
    expect(() => mergeSlice(a, cutPart(a, [2]))).toThrow('a part of one');
  });
});

function add(directory: string, record: ForeignRecord, id: number): Merged {
  const additions = new StateAdditions(directory);
  const [added] = additions.add([{ record, id }]);
  additions.close();
  if (added instanceof SliceError) throw added;
  return added!;
}

function wholeRuns(directory: string, runs: readonly number[]): RecordSlice {
  return cutSlice(directory, { states: [], runs: [], wholeRuns: runs, withLater: true });
}

function traveled(slice: RecordSlice): RecordSlice {
  return parseSlice(sliceText(slice), slice.schema);
}

/** A cache with these runs. @param word changes what stages give, under the same keys */
async function filled(owner: string, runs: History, word = '', step = 1000): Promise<string> {
  const directory = temporaryDirectory();
  await Cache.using(openEmptyCache(directory), async (cache) => {
    for (const [index, params] of runs.entries()) {
      const startedAt = 1_700_000_000_000 + index * step;
      const facts = JSON.stringify({ host: owner });
      const run = cache.record.runs.begin({
        ...{ pipeline: 'lab', source: 'lab.ts', argv: [owner], params: {}, seed: 0, backend: 'none', jobs: 1 },
        ...{ git: null, environment: { digest: sha256(facts), facts }, startedAt },
        results: [{ name: 'last', node: `n${params.length - 1}`, output: 'out' }],
      });
      let before: NewState | undefined;
      for (const [node, param] of params.entries()) {
        const state = newState(cache, node, param, before, word);
        const isThere = cache.query.states.byKey(state.key) !== undefined;
        if (!isThere) {
          const task = `${run}/${node}`;
          cache.record.attempts.start({ task, run, node: `n${node}`, number: 1, worker: owner, at: startedAt });
          cache.record.attempts.metric(task, 'loss', 0, Number.NaN);
          cache.record.attempts.logLine(task, startedAt, 'log', `by ${owner}`);
          cache.record.attempts.end(task, {
            at: startedAt + 1,
            compute: null,
            cpuSeconds: 1,
            peakBytes: 1,
            failure: null,
          });
          cache.record.states.add(task, state);
        }
        const outcome = isThere ? 'hit' : 'ran';
        cache.record.visits.add({
          run,
          node: `n${node}`,
          outcome,
          state: state.key,
          reason: isThere ? null : 'never run',
        });
        before = state;
      }
      cache.record.runs.end(run, 'ok');
      await cache.record.flush();
      cache.record.tags.add({ run }, `${owner}-${index}`);
    }
  });
  return directory;
}

function newState(cache: Cache, node: number, param: number, before: NewState | undefined, word: string): NewState {
  const stage = `lab/n${node}`;
  const code = sha256(stage);
  const text = { bundle: Buffer.from(stage), sources: [{ path: 'lab.ts', content: Buffer.from('source') }] };
  cache.record.code.add([{ digest: code, stage, module: 'lab.ts', exportName: `n${node}`, ...text }]);
  const taken = before?.outputs[0];
  const value = (name: string, of: string | number): Field => ({ name, digest: valueDigest(of), preview: String(of) });
  const fields: Field[] = [
    value('stage', stage),
    { name: 'code', digest: code, preview: code.slice(0, 8) },
    value('param.p', param),
    ...(taken === undefined ? [] : [{ name: 'in.from', digest: taken.digest, preview: '' }]),
  ];
  const inline = Buffer.from(JSON.stringify(`out of ${node}: ${param} after ${taken?.digest ?? ''}${word}`));
  return {
    ...{ key: cacheKey(fields), planKey: planKey(fields), stage, code, fields, accesses: [], seconds: 1 },
    inputs:
      taken === undefined
        ? []
        : [
            {
              ...{ slot: 'from', index: null, digest: taken.digest, bytes: taken.bytes },
              from: { state: before!.key, output: 'out' },
            },
          ],
    outputs: [{ name: 'out', kind: 'json', digest: sha256(inline), bytes: inline.length, inline }],
  };
}

function keysOf(directory: string): ReadonlySet<string> {
  return new Set(
    ask(directory, (db) => db.prepare<[], string>('SELECT lower(hex(key)) FROM state ORDER BY id').pluck().all()),
  );
}

/**
 * What a run says, by nothing that is another number in each cache.
 * @param both keys of states of which is left out who made them
 */
function factsOf(directory: string, run: number, both: ReadonlySet<string> = new Set()): unknown {
  const cache = Cache.openToRead(directory)!;
  try {
    const { query } = cache;
    const { id, ...facts } = query.runs.get(run)!;
    // In the order of the alphabet: that of the record is the order in which it heard of their names.
    const visits = query.visits.ofRun(run).toSorted((x, y) => (x.node < y.node ? -1 : 1));
    const nodes = visits.map(({ node, outcome, reason, state }) => {
      const made = query.states.get(state!.id)!;
      const { run: by, ...attempt } = { ...query.attempts.get(made.attempt)!, id: 0 };
      const maker = both.has(state!.key)
        ? undefined
        : {
            ...{ attempt, run: query.runs.idInAllCaches(by) },
            ...{ metrics: query.attempts.metrics(made.attempt), logs: query.attempts.log(made.attempt) },
          };
      return {
        ...{
          node,
          outcome,
          reason,
          key: state!.key,
          stage: made.stage,
          code: made.code,
          seconds: both.has(state!.key) || made.seconds,
        },
        ...{ fields: query.states.fields(state!.id), outputs: query.states.outputs(state!.id), maker },
        inputs: query.lineage.inputs(state!.id),
      };
    });
    const all = { id: query.runs.idInAllCaches(id), facts, nodes, results: query.runs.resultOutputs(run) };
    return { ...all, environment: query.runs.environment(run), tags: query.tags.of({ run }) };
  } finally {
    cache.close();
  }
}

function countsOf(directory: string): Readonly<Record<string, number>> {
  return ask(directory, (db) =>
    Object.fromEntries(TABLES.map((table) => [table, db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()])),
  ) as Readonly<Record<string, number>>;
}

function foreignFaults(directory: string): unknown {
  return ask(directory, (db) => db.pragma('foreign_key_check'));
}

function ask<T>(directory: string, question: (db: Database.Database) => T): T {
  const db = new Database(join(directory, 'state.db'));
  try {
    return question(db);
  } finally {
    db.close();
  }
}

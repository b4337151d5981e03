import { chmodSync, existsSync, mkdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CacheKey, sha256, short } from '../../../src/core/identity/digest.ts';
import { effectKey } from '../../../src/core/statistics/effect-record.ts';
import { AttemptHandles } from '../../../src/store/coordination/attempt-handles.ts';
import { blobOf } from '../../../src/store/database/blobs.ts';
import { fsck } from '../../../src/store/upkeep/fsck.ts';
import { processOwner } from '../../../src/store/files/process-owner.ts';
import { type Filled, fillCache } from '../../cli/filled-cache.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { databaseOf } from '../open-cache.ts';

async function filled(): Promise<Filled & { readonly object: string }> {
  const filled = await fillCache(temporaryDirectory());
  onTestFinished(() => filled.cache.close());
  return { ...filled, object: filled.cache.objects.path(filled.data.outputs[0]!.digest) };
}

function overwrite(path: string, change: (path: string) => void): void {
  chmodSync(path, 0o644);
  change(path);
}

describe('fsck', () => {
  test('finds nothing wrong with a cache that is sound', async () => {
    const { cache } = await filled();
    const report = fsck(cache.directory, { repair: false });
    expect(report).toMatchObject({ states: 4, findings: [], damaged: 0 });
    expect(report.artifacts).toBeGreaterThan(5);
  });

  test('finds an object whose bytes were changed, even if its length was not', async () => {
    const { cache, data, object } = await filled();
    overwrite(object, (path) => writeFileSync(path, Buffer.alloc(data.outputs[0]!.bytes)));
    const report = fsck(cache.directory, { repair: false });
    expect(report.damaged).toBe(1);
    expect(report.findings.map(({ text }) => text)).toEqual([
      `The artifact ${short(data.outputs[0]!.digest)} (data.data) does not hold the bytes that were stored; "restage fsck --repair" removes it, and the next run makes it again.`,
    ]);
    expect(existsSync(object)).toBe(true);
  });

  test('removes a truncated object on request, so that its state is a miss and is made again', async () => {
    const { cache, data, object } = await filled();
    overwrite(object, (path) => truncateSync(path, 10));
    expect(fsck(cache.directory, { repair: true })).toMatchObject({
      damaged: 0,
      findings: [{ kind: 'corrupt', damage: true, repaired: true }],
    });
    expect(existsSync(object)).toBe(false);
    expect(cache.isComplete(cache.query.states.byKey(data.key)!)).toBe(false);
  });

  test('finds an object that is missing, and knows that a run will make it again', async () => {
    const { cache, data, object } = await filled();
    rmSync(object);
    const missing = `The artifact ${short(data.outputs[0]!.digest)} (data.data) is missing; the next run that needs it makes it again.`;
    expect(fsck(cache.directory, { repair: false })).toMatchObject({
      damaged: 1,
      findings: [{ kind: 'missing', text: missing }],
    });
    expect(fsck(cache.directory, { repair: true })).toMatchObject({
      damaged: 0,
      findings: [{ kind: 'missing', text: missing }],
    });
  });

  test('finds damage to a value in the database, and makes its states misses', async () => {
    const { cache, score } = await filled();
    const { digest } = score.outputs[0]!;
    databaseOf(cache)
      .prepare('UPDATE artifact SET content = ? WHERE digest = ?')
      .run(Buffer.from('{"ams":{"error":0.1,"value":9.9}}'), Buffer.from(digest, 'hex'));
    expect(fsck(cache.directory, { repair: false })).toMatchObject({ damaged: 1, findings: [{ kind: 'corrupt' }] });
    expect(cache.isComplete(cache.query.states.byKey(score.key)!)).toBe(true);
    expect(fsck(cache.directory, { repair: true })).toMatchObject({
      damaged: 0,
      findings: [{ kind: 'corrupt', repaired: true }],
    });
    expect(cache.isComplete(cache.query.states.byKey(score.key)!)).toBe(false);
  });

  test('is content again when the lost value was made again', async () => {
    const { cache, score } = await filled();
    const { digest } = score.outputs[0]!;
    databaseOf(cache).prepare("UPDATE artifact SET content = x'00' WHERE digest = ?").run(Buffer.from(digest, 'hex'));
    fsck(cache.directory, { repair: true });
    const { record } = cache;
    record.attempts.start({ task: 'again', run: 4, node: 'score', number: 1, worker: 'worker-1', at: 0 });
    record.attempts.end('again', { at: 1, compute: null, cpuSeconds: null, peakBytes: null, failure: null });
    record.states.add('again', score);
    await record.flush();
    expect(fsck(cache.directory, { repair: false }).findings).toEqual([]);
    expect(cache.isComplete(cache.query.states.byKey(score.key)!)).toBe(true);
  });

  test('finds a state whose recorded input is not the one that its key was made of', async () => {
    const { cache, data, score } = await filled();
    databaseOf(cache)
      .prepare(
        `UPDATE state_input SET artifact = (SELECT id FROM artifact WHERE digest = ?)
         WHERE path IS NULL AND position = 1 AND state = (SELECT id FROM state WHERE key = ?)`,
      )
      .run(Buffer.from(data.outputs[0]!.digest, 'hex'), Buffer.from(score.key, 'hex'));
    expect(fsck(cache.directory, { repair: false })).toMatchObject({
      damaged: 1,
      findings: [
        {
          kind: 'input',
          text: `The input slopes.1 of state ${short(score.key)} on record is not the one that its key was made of; do not trust where it says it came from.`,
        },
      ],
    });
    databaseOf(cache).prepare('DELETE FROM state_input WHERE path IS NOT NULL').run();
    expect(fsck(cache.directory, { repair: false }).findings.map(({ text }) => text.slice(0, 19))).toEqual([
      'The input labels of',
      'The input slopes.1 ',
    ]);
  });

  test('finds a state whose fields do not give its key', async () => {
    const { cache, score } = await filled();
    const id = cache.query.states.byKey(score.key)!.id;
    databaseOf(cache)
      .prepare(
        `UPDATE state_field SET value = (SELECT min(id) FROM field_value)
         WHERE state = ? AND name = (SELECT id FROM name WHERE text = 'stage')`,
      )
      .run(id);
    expect(fsck(cache.directory, { repair: true })).toMatchObject({
      damaged: 1,
      findings: [
        {
          kind: 'key',
          text: `The fields of state ${short(score.key)} do not give its key; do not trust what it says.`,
          repaired: false,
        },
      ],
    });
  });

  test('finds an effect table whose inputs do not give its digest, and says whose bytes are damaged', async () => {
    const { cache, score } = await filled();
    const { record } = cache;
    for (const run of [1, 2]) record.studies.add({ run, name: 'parts', definition: {}, branches: [], unfinished: [] });
    const [inputs, other] = [Buffer.from('{"values":[]}'), Buffer.from('{"values":[1]}')];
    const content = Buffer.from('{"rows":[]}');
    record.effects.add(1, [{ key: effectKey(inputs), inputs, content, sources: [score.key] }]);
    await record.flush();
    expect(fsck(cache.directory, { repair: false }).findings).toEqual([]);
    record.effects.add(2, [{ key: effectKey(other), inputs, content, sources: [] }]);
    await record.flush();
    expect(fsck(cache.directory, { repair: false }).findings).toMatchObject([
      {
        kind: 'key',
        damage: true,
        text: `The inputs of the effect table ${short(effectKey(other))} do not give its digest; do not trust what it says.`,
      },
    ]);
    databaseOf(cache)
      .prepare("UPDATE artifact SET content = x'00' WHERE digest = ?")
      .run(blobOf(sha256(content)));
    const texts = fsck(cache.directory, { repair: false }).findings.map(({ text }) => text);
    expect(texts.join()).toContain('(effect table of parts) does not hold the bytes that were stored');
  });

  test('finds rows that refer to nothing', async () => {
    const { cache } = await filled();
    const db = databaseOf(cache);
    db.pragma('foreign_keys = OFF');
    db.prepare('DELETE FROM run_end WHERE run = 1').run();
    db.prepare('INSERT INTO run_end (run, ended_at, outcome) VALUES (?, ?, ?)').run(77, 1, 'ok');
    expect(fsck(cache.directory, { repair: true })).toMatchObject({ damaged: 1, findings: [{ kind: 'reference' }] });
  });

  test('mentions objects and temporary files that nobody needs, leaves fresh ones alone, and calls neither damage', async () => {
    const { cache } = await filled();
    const bytes = Buffer.from('nobody knows me');
    const { digest } = cache.objects.put([bytes]);
    expect(fsck(cache.directory, { repair: true }).findings).toEqual([]);
    const path = cache.objects.path(digest);
    utimesSync(path, 1, 1);
    const temporary = join(cache.directory, 'tmp');
    mkdirSync(temporary, { recursive: true });
    const leftover = join(temporary, `${sha256('x').slice(0, 8)}-1-abc.tmp`);
    writeFileSync(leftover, 'half');
    utimesSync(leftover, 1, 1);
    expect(fsck(cache.directory, { repair: false })).toMatchObject({
      damaged: 0,
      findings: [
        {
          kind: 'orphan',
          damage: false,
          text: `The object ${path} is not on record, left over from a run that was killed; "restage fsck --repair" removes it.`,
        },
        {
          kind: 'temporary',
          damage: false,
          text: `There is 1 temporary file in ${temporary}; "restage fsck --repair" removes those of dead processes.`,
        },
      ],
    });
    expect(fsck(cache.directory, { repair: true }).findings).toHaveLength(2);
    expect([path, leftover].filter(existsSync)).toEqual([]);
    expect(fsck(cache.directory, { repair: false }).findings).toEqual([]);
  });

  test('mentions handles of attempts that nobody will ask for, and leaves those alone that a run may come back for', async () => {
    const { cache, data } = await filled();
    const { directory } = cache;
    const handles = new AttemptHandles(directory);
    const keyOf = (name: string): CacheKey => sha256(name) as string as CacheKey;
    const [made, leased, forgotten, waiting] = [data.key, keyOf('leased'), keyOf('forgotten'), keyOf('waiting')];
    for (const key of [made, leased, forgotten, waiting]) handles.set(key, { executor: 'batch', place: { job: 7 } });
    writeFileSync(join(directory, 'attempts', 'notes.json'), 'none');
    const pathOf = (key: string): string => join(directory, 'attempts', `${key}.json`);
    for (const key of [leased, forgotten]) utimesSync(pathOf(key), 1, 1);
    cache.leases.acquire([leased]);
    const found = fsck(directory, { repair: false }).findings;
    expect(found.map(({ damage, kind }) => [damage, kind])).toEqual(Array(3).fill([false, 'temporary']));
    expect(found.map(({ text }) => text).join()).toMatch(
      /since no run has come back for it in 30 days; "restage fsck --repair" removes it\./,
    );
    expect(fsck(directory, { repair: true }).findings.map(({ repaired }) => repaired)).toEqual([true, true, true]);
    expect(fsck(directory, { repair: false }).findings).toEqual([]);
    expect([made, leased, forgotten, waiting].map((key) => handles.get(key) !== undefined)).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  test('mentions the live files of runs that were killed, and leaves those of living ones alone', async () => {
    const { cache } = await filled();
    const live = join(cache.directory, 'live');
    mkdirSync(live);
    const owner = processOwner()!;
    const file = (run: number, whose: string): string => {
      const path = join(live, `${run}.ndjson`);
      writeFileSync(path, `${JSON.stringify({ run, pipeline: 'toy', entry: '/x', argv: [], owner: whose })}\n`);
      return path;
    };
    // The same process, of an earlier boot.
    const dead = file(1, owner.replace(/^(process:\/\/[^/]+)\/[^/]+/, '$1/earlier'));
    const living = file(2, owner);
    expect(fsck(cache.directory, { repair: false })).toMatchObject({
      damaged: 0,
      findings: [
        {
          kind: 'temporary',
          damage: false,
          text: `The live file ${dead} is left over from a run that was killed; "restage fsck --repair" removes it.`,
        },
      ],
    });
    fsck(cache.directory, { repair: true });
    expect([dead, living].filter(existsSync)).toEqual([living]);
  });
});

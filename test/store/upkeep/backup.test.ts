import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { backUp } from '../../../src/store/upkeep/backup.ts';
import { Cache } from '../../../src/store/cache.ts';
import { saltOf } from '../../../src/store/files/salt.ts';
import { fsck } from '../../../src/store/upkeep/fsck.ts';
import { begin, fillCache, newState, ran } from '../../cli/filled-cache.ts';
import { refuse } from '../../helpers/failing-disk.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { makeOldCache } from '../database/old-cache.ts';
import { databaseOf, openCache } from '../open-cache.ts';

let cache: Cache;
let place: string;
let target: string;
let allowAgain: (() => void) | undefined;
beforeEach(async () => {
  place = temporaryDirectory();
  target = join(place, 'backup');
  ({ cache } = await fillCache(join(place, 'cache')));
});
afterEach(() => {
  allowAgain?.();
  cache.close();
});

const sound = { findings: [], damaged: 0 };
const check = (directory: string) => fsck(directory, { repair: false, now: Date.now() });
const objectsOf = (directory: string): readonly string[] =>
  readdirSync(join(directory, 'objects'), { recursive: true })
    .map(String)
    .filter((name) => /^[0-9a-f]{2}\/[0-9a-f]{62}$/.test(name))
    .sort();

/** Another run with a state whose output is in the object store. */
async function runOnce(into: Cache, rows: number): Promise<number> {
  const run = begin(into, ['restage', 'run', 'toy']);
  const stored = into.objects.put([Buffer.alloc(5000, rows)]);
  ran(
    into,
    run,
    'data',
    newState('toy/data', { rows }, [], [{ name: 'data', kind: 'bytes', ...stored, inline: null }]),
  );
  into.record.runs.end(run, 'ok');
  await into.record.flush();
  return run;
}

/** A backup that is stopped when it has copied one object and copies the next one. */
async function breakOff(): Promise<void> {
  const stop = new AbortController();
  const broken = backUp(cache.directory, target, {
    signal: stop.signal,
    onProgress: ({ done }) => {
      if (done.objects === 1) stop.abort();
    },
  });
  await expect(broken).rejects.toThrow();
}

describe('a backup', () => {
  test('is a cache with all that the cache has, of which nobody makes anything', async () => {
    databaseOf(cache).exec(`INSERT INTO lease VALUES (x'${sha256('key')}', 'host/boot/1/1/1', 0)`);
    const download = sha256('remote');
    mkdirSync(join(cache.directory, 'downloads'));
    writeFileSync(join(cache.directory, 'downloads', download), 'remote');
    writeFileSync(join(cache.directory, 'remotes.json'), '{}');
    const salt = saltOf(cache.directory);
    const report = await backUp(cache.directory, target);
    const objects = objectsOf(cache.directory);
    expect(report).toMatchObject({ runs: 4, states: 4, downloads: 1, missing: 0, damaged: [] });
    expect(report.copied.objects).toBe(objects.length);
    expect(objectsOf(target)).toEqual(objects);
    expect(readFileSync(join(target, 'downloads', download), 'utf8')).toBe('remote');
    expect(readdirSync(target).sort()).toEqual(['downloads', 'objects', 'remotes.json', 'secret-salt', 'state.db']);
    expect([saltOf(target), statSync(join(target, 'secret-salt')).mode & 0o777]).toEqual([salt, 0o600]);
    expect(databaseOf({ directory: target }).prepare('SELECT * FROM lease').all()).toEqual([]);
    expect(check(target)).toMatchObject(sound);
    expect(openCache(target).query.visits.counts(2)).toEqual(cache.query.visits.counts(2));
  });

  test('that is repeated copies what came since, and nothing else', async () => {
    await backUp(cache.directory, target);
    const before = objectsOf(target);
    const run = await runOnce(cache, 1);
    const { copied, kept } = await backUp(cache.directory, target);
    expect([copied, kept.objects]).toEqual([{ objects: 1, bytes: 5000 }, before.length]);
    expect(openCache(target).query.runs.get(run)).toMatchObject({ outcome: 'ok' });
    expect(check(target)).toMatchObject({ ...sound, states: 5 });
  });

  test('made while others write waits for nobody, and is as of one moment', async () => {
    const other = databaseOf(cache);
    other.exec(`BEGIN IMMEDIATE; INSERT INTO name (text) VALUES ('half of a transaction')`);
    let added = false;
    const { runs, states } = await backUp(cache.directory, target, {
      // The record was copied by then.
      onProgress: () => {
        if (added) return;
        added = true;
        other.exec('COMMIT');
        void runOnce(cache, 2);
      },
    });
    await cache.record.flush();
    expect([added, runs, states]).toEqual([true, 4, 4]);
    expect(cache.query.runs.get(5)).toBeDefined();
    const backup = databaseOf({ directory: target });
    expect(backup.prepare("SELECT 1 FROM name WHERE text LIKE 'half%'").get()).toBeUndefined();
    expect(check(target)).toMatchObject(sound);
  });

  test('that breaks off has no record yet, and the next one goes on from it', async () => {
    await runOnce(cache, 3);
    await breakOff();
    expect(readdirSync(target)).toEqual(['objects']);
    const there = objectsOf(target).length;
    expect(there).toBe(2);
    const { copied, kept } = await backUp(cache.directory, target);
    expect([copied.objects, kept.objects]).toEqual([objectsOf(cache.directory).length - there, there]);
    expect(check(target)).toMatchObject(sound);
  });

  test.each([
    ['write', 'objects/tmp'],
    ['rename', 'state\\.db'],
  ] as const)('on a disk that refuses to %s leaves the earlier one as it was', async (call, where) => {
    await backUp(cache.directory, target);
    await runOnce(cache, 4);
    const before = readFileSync(join(target, 'state.db'));
    allowAgain = refuse(call, 'ENOSPC', new RegExp(`^${target}/${where}`));
    await expect(backUp(cache.directory, target)).rejects.toThrow(/there is no space left; free some/);
    allowAgain();
    expect(readFileSync(join(target, 'state.db')).equals(before)).toBe(true);
    expect(readdirSync(target).sort()).toEqual(['objects', 'state.db']);
    expect(check(target)).toMatchObject({ ...sound, states: 4 });
  });

  test('leaves out what is damaged or gone in the cache, and keeps what it has', async () => {
    await backUp(cache.directory, target);
    const [lost, ...rest] = objectsOf(cache.directory);
    rmSync(join(cache.directory, 'objects', lost!));
    expect(await backUp(cache.directory, target)).toMatchObject({ missing: 0, damaged: [] });
    const damaged = join(cache.directory, 'objects', rest[0]!);
    const bytes = readFileSync(damaged).fill(0, 0, 1);
    rmSync(damaged);
    writeFileSync(damaged, bytes);
    const other = join(place, 'other');
    expect(await backUp(cache.directory, other)).toMatchObject({ missing: 1, damaged: [rest[0]!.replace('/', '')] });
    expect(objectsOf(other)).toEqual(rest.slice(1));
  });

  test('leaves out what is evicted while it copies, and says how many objects it lacks', async () => {
    const objects = objectsOf(cache.directory);
    const report = await backUp(cache.directory, target, {
      onProgress: ({ done }) => {
        if (done.objects === 0) for (const name of objects) rmSync(join(cache.directory, 'objects', name));
      },
    });
    expect(report).toMatchObject({ copied: { objects: 0 }, missing: objects.length, damaged: [] });
    expect(readdirSync(target)).toContain('state.db');
  });

  test('brings to the disk what one brought that broke off, and not again what an earlier one did', async () => {
    await runOnce(cache, 3);
    await breakOff();
    const [early] = objectsOf(target);
    allowAgain = refuse('fsync', 'EIO', new RegExp(`^${target}/objects/${early!}`));
    await expect(backUp(cache.directory, target)).rejects.toThrow('the disk reports an error');
    allowAgain();
    const { kept } = await backUp(cache.directory, target);
    expect(kept.objects).toBe(objectsOf(target).length);
    // The clock of a file system may be too coarse to tell its last object from its record.
    await sleep(50);
    chmodSync(join(target, 'state.db'), 0o644);
    allowAgain = refuse('fsync', 'EIO', new RegExp(`^${target}/objects/../`));
    expect(await backUp(cache.directory, target)).toMatchObject({ kept });
  });

  test('of a cache of an earlier schema is of that schema, and the cache stays as it is', async () => {
    const old = join(place, 'old');
    makeOldCache(old, 3);
    await backUp(old, target);
    for (const directory of [old, target])
      expect(databaseOf({ directory }).pragma('user_version', { simple: true })).toBe(3);
    expect(check(target)).toMatchObject({ ...sound, states: 2 });
  });
});

describe('a backup is refused, and nothing is changed, where', () => {
  const refused = async (directory: string, sentence: RegExp): Promise<void> => {
    const before = existsSync(directory) ? readdirSync(directory, { recursive: true }).sort() : undefined;
    await expect(backUp(cache.directory, directory)).rejects.toThrow(sentence);
    expect(existsSync(directory) ? readdirSync(directory, { recursive: true }).sort() : undefined).toEqual(before);
  };

  test('the directory has a record of its own', async () => {
    const mine = join(place, 'mine');
    const { cache: other } = await fillCache(mine);
    await runOnce(other, 5);
    other.close();
    await refused(
      mine,
      /has .* on record that the cache lacks, so it is no earlier backup of it; name another directory\.$/,
    );
  });

  test('a run has used the earlier backup as its cache', async () => {
    await backUp(cache.directory, target);
    const used = Cache.open(target);
    await runOnce(used, 6);
    await refused(target, /is no earlier backup of it|is in use/);
    used.close();
    await refused(target, /is no earlier backup of it; name another directory\.$/);
  });

  test('somebody reads the earlier backup', async () => {
    await backUp(cache.directory, target);
    const reader = Cache.open(target);
    expect(reader.query.runs.get(1)).toBeDefined();
    await expect(backUp(cache.directory, target)).rejects.toThrow(/is in use; end what uses it/);
    reader.close();
    expect(await backUp(cache.directory, target)).toMatchObject({ runs: 4 });
  });

  test('the directory has other files, is a file, is in the cache, or its disk is not there', async () => {
    writeFileSync(join(place, 'file'), '');
    mkdirSync(join(place, 'photos'));
    writeFileSync(join(place, 'photos', 'cat.png'), '');
    await refused(join(place, 'photos'), /holds cat\.png, which is not of a backup; name an empty directory/);
    await expect(backUp(cache.directory, join(place, 'file'))).rejects.toThrow(/is a file; name a directory/);
    await refused(join(place, 'mnt', 'backup'), /There is no directory .*mnt; mount its disk/);
    for (const inside of [cache.directory, join(cache.directory, 'backup')])
      await expect(backUp(cache.directory, inside)).rejects.toThrow(/is in the cache itself/);
  });
});

test('a cache that is moved or copied while nothing runs is the same cache at its new place', () => {
  cache.close();
  const [moved, copied] = [join(place, 'moved'), join(place, 'copied')];
  renameSync(cache.directory, moved);
  cpSync(moved, copied, { recursive: true });
  for (const directory of [moved, copied]) {
    expect(check(directory)).toMatchObject(sound);
    expect(openCache(directory).query.visits.counts(1)).toMatchObject({ ran: 4 });
  }
});

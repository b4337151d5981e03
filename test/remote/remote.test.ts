/** What goes to a remote and comes from it: two caches, and a directory between them. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/identity/digest.ts';
import { RemoteError } from '../../src/errors.ts';
import { writeEntry } from '../../src/remote/entry.ts';
import { MARKER, objectKey } from '../../src/remote/layout.ts';
import { DirectoryPlace } from '../../src/remote/places/directory-place.ts';
import type { Place } from '../../src/remote/places/contract.ts';
import type { Transferred } from '../../src/remote/progress.ts';
import { pull, type Pulled } from '../../src/remote/pull.ts';
import { notThere, push, type Pushed, type TransferOptions } from '../../src/remote/push.ts';
import { Remote } from '../../src/remote/remote.ts';
import { entriesMeant, listEntries } from '../../src/remote/select-entries.ts';
import { Cache } from '../../src/store/cache.ts';
import { fsck } from '../../src/store/upkeep/fsck.ts';
import { openEmptyCache } from '../helpers/empty-cache.ts';
import { addHits, fillSmall, LARGE } from '../bundle/small-record.ts';
import { refuse } from '../helpers/failing-disk.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

test('a place that another pusher makes a remote of, while this one looks whether it is empty, is a remote', async () => {
  const { a, place } = await world();
  class Meanwhile extends DirectoryPlace {
    override async *list(prefix: string): ReturnType<DirectoryPlace['list']> {
      await pushRuns(a, place, [1]);
      yield* super.list(prefix);
    }
  }
  const remote = await Remote.toWrite(new Meanwhile(place.address));
  expect(await remote.entries()).toHaveLength(1);
});

describe('a run that is pushed and pulled', () => {
  test('is in the other cache with all that was made of it, and its bytes', async () => {
    const { a, b, place } = await world();
    expect(await pushRuns(a, place, [1])).toMatchObject([{ name: 'run:1', isNew: true, objects: 4, missing: [] }]);
    expect(await pullAll(b, place)).toMatchObject([{ outcome: 'added', run: 1, objects: 4, states: 3 }]);
    await Cache.using(openEmptyCache(b), (cache) => {
      const { query } = cache;
      expect(query.runs.get(1)).toMatchObject({ pipeline: 'lab', outcome: 'ok', params: { cut: 0.5 } });
      const states = query.visits.ofRun(1).map(({ state }) => state!);
      expect(states.every(({ id }) => query.lineage.inputs(id).every(({ bytes }) => bytes > 0))).toBe(true);
      expect(Buffer.from(cache.read(query.prefixes.artifacts(sha256(LARGE))[0]!))).toEqual(LARGE);
      expect(query.codes.origin(query.states.get(states[0]!.id)!.code.digest)).toBeDefined();
    });
    expect(fsck(b, { repair: false }).findings).toEqual([]);
  });

  test('is neither sent nor added again', async () => {
    const { a, b, place } = await world();
    await pushRuns(a, place, [1]);
    expect(await pushRuns(a, place, [1])).toMatchObject([{ isNew: false, objects: 0, bytes: 0 }]);
    await pullAll(b, place);
    expect(await pullAll(b, place)).toMatchObject([{ outcome: 'there', run: 1, objects: 0, states: 0 }]);
    await pushRuns(b, place, [1]);
    expect((await pullAll(a, place)).every(({ outcome }) => outcome === 'there')).toBe(true);
  });

  test('comes once though two pushed it at the same time', async () => {
    const { a, b, place } = await world();
    const both = await Promise.all([pushRuns(a, place, [1]), pushRuns(a, new DirectoryPlace(place.address), [1])]);
    expect(both.flat().some(({ isNew }) => isNew)).toBe(true);
    expect(await pullAll(b, place)).toHaveLength(1);
    expect(fsck(b, { repair: false }).findings).toEqual([]);
  });

  test('is pushed if the remote lacks it', async () => {
    const { a, place } = await world();
    await Cache.using(openEmptyCache(a), addHits);
    await pushRuns(a, place, [1]);
    await Cache.using(openEmptyCache(a), async (cache) => {
      const remote = await Remote.toWrite(place);
      const missing = await notThere(cache, remote, cache.query.runs.newestFirst());
      expect(missing.map(({ id }) => id)).toEqual([2]);
    });
  });

  test('is found by its id, a tag, a state and a node, and a word that means nothing is told', async () => {
    const { a, place } = await world();
    await Cache.using(openEmptyCache(a), (cache) => cache.record.tags.add({ run: 1 }, 'baseline'));
    await pushRuns(a, place, [1]);
    const listed = await listEntries(await Remote.toRead(place));
    const [{ entry }] = listed.entries as [(typeof listed.entries)[0]];
    for (const word of [entry.id.slice(0, 8), 'baseline', 'latest', 'score', entry.nodes[0]!.state.slice(0, 6)])
      expect(entriesMeant(listed, [word], place.address)).toHaveLength(1);
    expect(() => entriesMeant(listed, ['baselin'], place.address)).toThrow('did you mean "baseline"');
  });
});

test('a state travels alone, with what it was made of and without the rest of its run', async () => {
  const { a, b, place } = await world();
  await Cache.using(openEmptyCache(a), async (cache) => {
    const score = cache.query.visits.ofRun(1).find(({ node }) => node === 'score')!;
    await push(cache, await Remote.toWrite(place), [
      { kind: 'state', state: cache.query.states.get(score.state!.id)! },
    ]);
  });
  expect(await pullAll(b, place)).toMatchObject([{ kind: 'state', outcome: 'added', states: 2 }]);
});

describe('what a remote says that is not so', () => {
  test.each(['other bytes', 'fewer bytes'])('lands nowhere: %s', async (kind) => {
    const { a, b, place } = await world();
    await pushRuns(a, place, [1]);
    const path = join(place.address, objectKey(sha256(LARGE)));
    chmodSync(path, 0o644);
    writeFileSync(path, kind === 'other bytes' ? Buffer.from(LARGE).fill(32, 100, 200) : LARGE.subarray(1));
    await expect(pullAll(b, place)).rejects.toMatchObject({ code: 'REMOTE' });
    await Cache.using(openEmptyCache(b), ({ query, objects }) => {
      expect(query.runs.get(1)).toBeUndefined();
      expect(objects.has(sha256(LARGE), LARGE.length)).toBe(false);
    });
  });

  test('lands nowhere: a record or an entry that is another one', async () => {
    for (const folder of ['records', 'entries']) {
      const { a, b, place } = await world();
      await pushRuns(a, place, [1]);
      const path = filesOf(join(place.address, folder))[0]!;
      chmodSync(path, 0o644);
      writeFileSync(path, 'lies');
      await expect(pullAll(b, place)).rejects.toMatchObject({ failure: 'damaged' });
    }
  });
});

test('bytes that the disk of the pusher has damaged are not sent', async () => {
  const { a, place } = await world();
  const path = join(a, objectKey(sha256(LARGE)));
  chmodSync(path, 0o644);
  writeFileSync(path, Buffer.from(LARGE).fill(32, 100, 200));
  await expect(pushRuns(a, place, [1])).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
});

describe('a place', () => {
  test('that is somebody else’s is refused, and so is one that has nothing', async () => {
    const { a, b, place } = await world();
    await expect(pullAll(b, place)).rejects.toMatchObject({ failure: 'foreign' });
    mkdirSync(place.address);
    writeFileSync(join(place.address, 'thesis.tex'), 'text');
    await expect(pushRuns(a, place, [1])).rejects.toThrow('thesis.tex');
    expect(readdirSync(place.address)).toEqual(['thesis.tex']);
  });

  test('of a newer format is read as far as it is understood, and not written', async () => {
    const { a, b, place } = await world();
    await pushRuns(a, place, [1]);
    writeAgain(join(place.address, MARKER), '{"kind":"restage-remote","format":2}');
    const text = '{"format":2,"kind":"run"}';
    const folder = join(place.address, 'entries/runs', 'a'.repeat(64));
    mkdirSync(folder);
    writeFileSync(join(folder, sha256(text)), text);
    expect((await listEntries(await Remote.toRead(place))).unread).toBe(1);
    expect(await pullAll(b, place)).toMatchObject([{ outcome: 'added' }]);
    await expect(pushRuns(a, place, [1])).rejects.toMatchObject({ failure: 'foreign' });
  });

  test('with a record of a newer schema gives the others', async () => {
    const { a, b, place } = await world();
    await pushRuns(a, place, [1]);
    const { entry } = (await listEntries(await Remote.toRead(place))).entries[0]!;
    const newer = writeEntry({ ...entry, id: 'b'.repeat(64) as typeof entry.id, schema: 999 });
    mkdirSync(join(place.address, 'entries/runs', 'b'.repeat(64)));
    writeFileSync(join(place.address, newer.key), newer.text);
    expect((await pullAll(b, place)).map(({ outcome }) => outcome).sort()).toEqual(['added', 'newer']);
  });

  test('that cuts off what it sends is asked for the rest', async () => {
    const { a, b, place } = await world();
    await pushRuns(a, place, [1]);
    let cuts = 0;
    const cutting: Place = cutOff(place, (key) => key.startsWith('objects/') && cuts++ < 6);
    expect(await pullAll(b, cutting)).toMatchObject([{ outcome: 'added', objects: 4 }]);
    expect(cuts).toBeGreaterThan(6);
    expect(fsck(b, { repair: false }).findings).toEqual([]);
  });

  test('that fails in the midst has no entry, and the next push sends only the rest', async () => {
    const { a, place } = await world();
    let stored = 0;
    const failing: Place = {
      ...forwarding(place),
      parallel: 1,
      insert: (key, source, options) => {
        if (key.startsWith('objects/') && ++stored > 2) throw new RemoteError('full', 'The place is full.');
        return place.insert(key, source, options);
      },
    };
    await expect(pushRuns(a, failing, [1])).rejects.toThrow('The place is full.');
    expect(readdirSync(place.address)).not.toContain('entries');
    expect(await pushRuns(a, place, [1])).toMatchObject([{ isNew: true, objects: 2 }]);
  });
});

describe('what is interrupted goes on when it is repeated:', () => {
  test('a push, whose run is not there before', async () => {
    const { a, place } = await world();
    const stop = new AbortController();
    const onProgress = ({ done }: Transferred): void => {
      if (done.objects > 0) stop.abort();
    };
    await expect(
      pushRuns(a, { ...forwarding(place), parallel: 1 }, [1], { signal: stop.signal, onProgress }),
    ).rejects.toThrow('aborted');
    expect(readdirSync(place.address)).not.toContain('entries');
    expect(await pushRuns(a, place, [1])).toMatchObject([{ isNew: true, objects: 3 }]);
  });

  test('a pull, after which nothing of the run is on record', async () => {
    const { a, b, place } = await world();
    await pushRuns(a, place, [1]);
    const stop = new AbortController();
    const onProgress = ({ done }: Transferred): void => {
      if (done.objects > 0) stop.abort();
    };
    const slow = { ...forwarding(place), parallel: 1 };
    await expect(pullAll(b, slow, { signal: stop.signal, onProgress })).rejects.toThrow('aborted');
    expect(await runsIn(b)).toBe(0);
    expect(await pullAll(b, place)).toMatchObject([{ outcome: 'added', run: 1, objects: 3 }]);
    expect(fsck(b, { repair: false }).findings).toEqual([]);
  });

  test('a pull onto a disk that was full', async () => {
    const { a, b, place } = await world();
    await pushRuns(a, place, [1]);
    const free = refuse('write', 'ENOSPC', /objects\/tmp/);
    try {
      await expect(pullAll(b, place)).rejects.toThrow(/could not be stored.*ENOSPC|no space left/i);
    } finally {
      free();
    }
    expect(await runsIn(b)).toBe(0);
    expect(await pullAll(b, place)).toMatchObject([{ outcome: 'added', run: 1, objects: 4 }]);
    expect(fsck(b, { repair: false }).findings).toEqual([]);
  });
});

test('a secret that is in the environment is in nothing that travels', async () => {
  const { a, place } = await world();
  process.env['LAB_TOKEN'] = 'hunter2-is-secret';
  try {
    await pushRuns(a, place, [1]);
  } finally {
    delete process.env['LAB_TOKEN'];
  }
  const texts = filesOf(place.address).map((path) => textOf(path));
  expect(texts.length).toBeGreaterThan(6);
  expect(texts.join('')).toContain('loss');
  expect(texts.join('')).not.toContain('hunter2-is-secret');
});

async function world(): Promise<{ readonly a: string; readonly b: string; readonly place: DirectoryPlace }> {
  const folder = temporaryDirectory();
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  await Cache.using(openEmptyCache(a), (cache) => fillSmall(cache, folder));
  return { a, b, place: new DirectoryPlace(join(folder, 'remote')) };
}

async function pushRuns(
  directory: string,
  place: Place,
  runs: readonly number[],
  options: TransferOptions = {},
): Promise<readonly Pushed[]> {
  const remote = await Remote.toWrite(place);
  return Cache.using(openEmptyCache(directory), (cache) =>
    push(
      cache,
      remote,
      runs.map((run) => ({ kind: 'run', run: cache.query.runs.get(run)! })),
      options,
    ),
  );
}

async function pullAll(directory: string, place: Place, options: TransferOptions = {}): Promise<readonly Pulled[]> {
  const remote = await Remote.toRead(place);
  const { entries } = await listEntries(remote);
  return Cache.using(openEmptyCache(directory), (cache) => pull(cache, remote, entries, options));
}

function runsIn(directory: string): Promise<number> {
  return Cache.using(openEmptyCache(directory), ({ query }) => query.runs.list({ limit: 10 }).length);
}

function forwarding(place: Place): Place {
  return {
    address: place.address,
    parallel: place.parallel,
    repeats: place.repeats,
    read: (key, options) => place.read(key, options),
    insert: (key, source, options) => place.insert(key, source, options),
    find: (keys, options) => place.find(keys, options),
    list: (prefix, options) => place.list(prefix, options),
    close: () => place.close(),
  };
}

/** Cuts off a blob after some bytes as often as `when` says. */
function cutOff(place: Place, when: (key: string) => boolean): Place {
  return {
    ...forwarding(place),
    async read(key, options) {
      const chunks = await place.read(key, options);
      return chunks === undefined || !when(key) ? chunks : first(chunks);
    },
  };
}

async function* first(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk.subarray(0, 7);
    throw new RemoteError('unreachable', 'The place hung up.');
  }
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function textOf(path: string): string {
  const bytes = readFileSync(path);
  return (path.includes('/records/') ? gunzipSync(bytes) : bytes).toString('latin1');
}

function writeAgain(path: string, text: string): void {
  renameSync(path, `${path}.old`);
  writeFileSync(path, text);
}

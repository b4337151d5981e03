/** A record that is too long for a remote stays, is reported by its name, and holds nothing else back. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { DirectoryPlace } from '../../src/remote/places/directory-place.ts';
import { push } from '../../src/remote/push.ts';
import { Remote } from '../../src/remote/remote.ts';
import { RemoteStates } from '../../src/remote/through/remote-states.ts';
import { RemoteProblems } from '../../src/remote/through/remote-problems.ts';
import { WriteBehind } from '../../src/remote/through/write-behind.ts';
import type { Cache } from '../../src/store/cache.ts';
import { fillSmall } from '../bundle/small-record.ts';
import { openEmptyCache } from '../helpers/empty-cache.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const LONGEST = 50_000;
const NEVER = new AbortController().signal;

/** A cache with the nodes read, score (of read) and apart, where this one has a log of 100 kB. */
async function world(talkative: string): Promise<{ readonly cache: Cache; readonly remote: Remote }> {
  const [directory, place] = [temporaryDirectory(), new DirectoryPlace(join(temporaryDirectory(), 'remote'))];
  const cache = openEmptyCache(directory);
  onTestFinished(() => cache.close());
  await fillSmall(cache, directory);
  const db = new Database(join(directory, 'state.db'));
  db.prepare(
    `INSERT INTO log_line (attempt, sequence, at, stream, text)
     SELECT a.id, 1000, 1, 'log', ? FROM attempt a JOIN name n ON n.id = a.node WHERE n.text = ?`,
  ).run('word '.repeat(20_000), talkative);
  db.close();
  return { cache, remote: await Remote.toWrite(place, NEVER, LONGEST) };
}

function stateOf({ query }: Cache, node: string) {
  const { id } = query.visits.ofRun(1).find((visit) => visit.node === node)!.state!;
  return query.states.get(id)!;
}

test('of what is pushed by hand, the rest goes', async () => {
  const { cache, remote } = await world('apart');
  const subjects = [
    { kind: 'run', run: cache.query.runs.get(1)! },
    { kind: 'state', state: stateOf(cache, 'score') },
  ] as const;
  const told: string[] = [];
  const pushed = await push(cache, remote, subjects, { onTooLong: ({ message }) => told.push(message) });
  expect(pushed.map(({ name, isNew }) => [name, isNew])).toEqual([
    [expect.stringMatching(/^the state \w+ of lab\/score$/), true],
  ]);
  expect(told).toEqual([
    expect.stringMatching(
      /^The record of run:1 has \d+ bytes, logs and metrics included, and 50000 may travel at once; push its states one by one\.$/,
    ),
  ]);
  await expect(push(cache, remote, subjects)).rejects.toThrow('The record of run:1 has');
});

test.each([
  ['read', ['apart']],
  ['score', ['read', 'apart']],
  ['apart', ['read', 'score']],
])('of what a run makes, all goes but %s and what is made of it', async (talkative, expected) => {
  const { cache, remote } = await world(talkative);
  const told: string[] = [];
  const problems = new RemoteProblems('group', (sentence) => told.push(sentence));
  const states = await RemoteStates.list(remote, NEVER);
  const behind = new WriteBehind({ cache, remote, states, problems, signal: NEVER });
  for (const node of ['read', 'score', 'apart']) behind.made(stateOf(cache, node).key);
  await behind.settle(() => undefined);
  const there = (await remote.made()).map(({ id }) => id).toSorted();
  expect(there).toEqual(expected.map((node) => stateOf(cache, node).key).toSorted());
  expect(told).toEqual([
    expect.stringMatching(
      new RegExp(`^The record of ${talkative} has .*; the state stays here, and so does what is made of it\\.$`),
    ),
  ]);
  expect([behind.left, behind.isComplete, problems.unused]).toEqual([0, false, 1]);
});

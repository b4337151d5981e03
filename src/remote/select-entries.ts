/**
 * Which entries of a remote a word means: a run by its id, the state of a key, a tag, a node's latest run, or the
 * latest run.
 */
import { didYouMean } from '../core/diagnostics/did-you-mean.ts';
import { short } from '../core/identity/digest.ts';
import { UsageError } from '../errors.ts';
import type { Entry } from './entry.ts';
import { inLanes } from './places/lanes.ts';
import type { EntryId, EntryKey } from './layout.ts';
import type { Remote } from './remote.ts';

export interface ListedEntry {
  readonly key: EntryKey;
  readonly entry: Entry;
}

export interface Listed {
  /** Oldest first. */
  readonly entries: readonly ListedEntry[];
  /** How many are of a newer format, which this restage cannot read. */
  readonly unread: number;
}

/** @throws RemoteError */
export async function listEntries(remote: Remote, signal?: AbortSignal): Promise<Listed> {
  return readEntries(remote, await remote.entries(signal), signal);
}

/** What these entries say. @throws RemoteError */
export async function readEntries(
  remote: Remote,
  keys: readonly EntryKey[],
  signal: AbortSignal | undefined,
): Promise<Listed> {
  const entries: ListedEntry[] = [];
  let unread = 0;
  const read = async (key: EntryKey, stopped: AbortSignal): Promise<void> => {
    const entry = await remote.entry(key, stopped);
    if (entry === undefined) unread++;
    else entries.push({ key, entry });
  };
  await inLanes(keys, remote.parallel, read, signal);
  return { entries: entries.sort(byAge), unread };
}

/** All entries of one run or one state have the same id; the later ones hold what was added meanwhile, such as tags. */
function byAge({ entry: a, key: { digest: x } }: ListedEntry, { entry: b, key: { digest: y } }: ListedEntry): number {
  if (a.startedAt !== b.startedAt) return a.startedAt - b.startedAt;
  return a.id === b.id ? (x < y ? -1 : 1) : a.id < b.id ? -1 : 1;
}

/** @throws UsageError for a word that means nothing there, or several things */
export function entriesMeant({ entries }: Listed, words: readonly string[], address: string): readonly ListedEntry[] {
  const meant = new Set<ListedEntry>();
  for (const word of words) for (const each of meantBy(entries, word, address)) meant.add(each);
  return entries.filter((each) => meant.has(each));
}

function meantBy(entries: readonly ListedEntry[], word: string, address: string): readonly ListedEntry[] {
  const name = word.replace(/^(?:run|tag):/, '');
  const runs = entries.filter(({ entry }) => entry.kind === 'run');
  if (name === 'latest') {
    const latest = runs.at(-1);
    if (latest !== undefined) return withId(entries, latest.entry.id);
  }
  const tagged = entries.filter(({ entry }) => entry.tags.includes(name));
  if (tagged.length > 0) return tagged.flatMap(({ entry }) => withId(entries, entry.id));
  if (/^[0-9a-f]{4,64}$/.test(name)) {
    const ids = [...new Set(entries.flatMap(({ entry }) => idsMeant(entry, name)))];
    if (ids.length > 1)
      throw new UsageError(
        `${word} begins ${ids.length} names in ${address} (${ids.map(short).join(', ')}); write more of its digits.`,
      );
    if (ids.length === 1) return withIdOrState(entries, ids[0]!);
  }
  const latest = entries.findLast(({ entry }) => entry.nodes.some(({ node }) => node === name));
  if (latest !== undefined) return withId(entries, latest.entry.id);
  const known = entries.flatMap(({ entry }) => [...entry.tags, ...entry.nodes.map(({ node }) => node)]);
  throw new UsageError(
    `${address} has nothing called ${word}${didYouMean(name, new Set(known))}; "restage remote list NAME" shows what is there, and --all pulls all of it.`,
  );
}

function idsMeant({ id, nodes }: Entry, prefix: string): readonly EntryId[] {
  return [id, ...nodes.map(({ state }) => state)].filter((each) => each.startsWith(prefix));
}

function withId(entries: readonly ListedEntry[], id: EntryId): readonly ListedEntry[] {
  return entries.filter(({ entry }) => entry.id === id);
}

/** A state of its own if it was pushed so; else the latest run that has it. */
function withIdOrState(entries: readonly ListedEntry[], id: EntryId): readonly ListedEntry[] {
  const own = withId(entries, id);
  if (own.length > 0) return own;
  return withId(entries, entries.findLast(({ entry }) => idsMeant(entry, id).length > 0)!.entry.id);
}

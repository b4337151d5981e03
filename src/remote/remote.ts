/** A remote: a place that is restage's, and what it holds. All that is read is held against the digest in its key. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { type CacheKey, type Digest, sha256 } from '../core/identity/digest.ts';
import { RemoteError } from '../errors.ts';
import { type Entry, readEntry, type StoredBytes, type WrittenEntry } from './entry.ts';
import {
  entriesOf,
  type EntryKey,
  type EntryKind,
  entryKey,
  formatOf,
  isOfKind,
  LONGEST_ENTRY,
  LONGEST_RECORD,
  MARKER,
  MARKER_TEXT,
  objectKey,
  parseEntryKey,
  recordKey,
  REMOTE_FORMAT,
} from './layout.ts';
import { type MadeEntry, readMadeEntry } from './made-entry.ts';
import type { BlobSource, Place } from './places/contract.ts';
import { readToEnd } from './read-to-end.ts';

/** How many keys are asked for at once. */
const KEYS_AT_ONCE = 1000;

export class Remote {
  /** How long the text of a record may be that goes there. */
  readonly longestRecord: number;
  readonly #place: Place;

  /** For `pull`: the place must be a remote, of whatever format. @throws RemoteError */
  static async toRead(place: Place, signal?: AbortSignal): Promise<Remote> {
    if ((await markerOf(place, signal)) === undefined)
      throw new RemoteError(
        'foreign',
        `${place.address} is not a remote of restage, or is not there: it has no ${MARKER}. Correct the address, mount its disk, or push something to it first.`,
      );
    return new Remote(place);
  }

  /** For `push`: makes a remote of a place that is empty. @throws RemoteError */
  static async toWrite(place: Place, signal?: AbortSignal, longestRecord = LONGEST_RECORD): Promise<Remote> {
    const options = signal && { signal };
    let format = await markerOf(place, signal);
    if (format === undefined) {
      const stranger = await firstKey(place, signal);
      if (stranger === undefined) await place.insert(MARKER, sourceOf(Buffer.from(MARKER_TEXT)), options);
      else {
        // Another pusher may have made a remote of it meanwhile; the marker comes first.
        format = await markerOf(place, signal);
        if (format === undefined)
          throw new RemoteError(
            'foreign',
            `${place.address} is not a remote of restage, and it is not empty (${stranger}); use an empty place.`,
          );
      }
    }
    if (format !== undefined && format > REMOTE_FORMAT)
      throw new RemoteError(
        'foreign',
        `${place.address} has format ${format}, and this restage writes format ${REMOTE_FORMAT}; update restage.`,
      );
    return new Remote(place, longestRecord);
  }

  private constructor(place: Place, longestRecord = LONGEST_RECORD) {
    this.longestRecord = longestRecord;
    this.#place = place;
  }

  get address(): string {
    return this.#place.address;
  }

  get parallel(): number {
    return this.#place.parallel;
  }

  /** The keys of all entries, of runs first. @throws RemoteError */
  async entries(signal?: AbortSignal): Promise<readonly EntryKey[]> {
    const found: EntryKey[] = [];
    for (const kind of ['run', 'state'] satisfies EntryKind[])
      for await (const { key } of this.#place.list(entriesOf(kind), signal && { signal })) {
        const parsed = parseEntryKey(key);
        if (parsed !== undefined && isOfKind(parsed, kind)) found.push(parsed);
      }
    return found;
  }

  /**
   * The keys of the entries of states that runs pushed as they made them: of all, or of one state. @throws RemoteError
   */
  async made(state?: CacheKey, signal?: AbortSignal): Promise<readonly EntryKey<'made'>[]> {
    const found: EntryKey<'made'>[] = [];
    const prefix = state === undefined ? entriesOf('made') : `${entriesOf('made')}${state}/`;
    for await (const { key } of this.#place.list(prefix, signal && { signal })) {
      const parsed = parseEntryKey(key);
      if (parsed !== undefined && isOfKind(parsed, 'made')) found.push(parsed);
    }
    return found;
  }

  /** Undefined for one of a newer format. @throws RemoteError */
  async madeEntry(key: EntryKey<'made'>, signal?: AbortSignal): Promise<MadeEntry | undefined> {
    const bytes = await this.#all(entryKey(key.kind, key.id, key.digest), LONGEST_ENTRY, signal);
    return readMadeEntry(bytes.toString(), key, this.address);
  }

  /** That the remote is still there, since a place makes the folders that it lacks. @throws RemoteError */
  async requireMarker(signal?: AbortSignal): Promise<void> {
    if ((await markerOf(this.#place, signal)) === undefined)
      throw new RemoteError('unreachable', `${this.address} is not a remote any more: its ${MARKER} is gone.`);
  }

  /** Undefined for one of a newer format. @throws RemoteError */
  async entry(key: EntryKey, signal?: AbortSignal): Promise<Entry | undefined> {
    const blob = entryKey(key.kind, key.id, key.digest);
    const bytes = await this.#all(blob, LONGEST_ENTRY, signal);
    return readEntry(bytes.toString(), key, this.address);
  }

  /** The text of a slice. @throws RemoteError */
  async record({ digest, bytes }: StoredBytes, signal?: AbortSignal): Promise<string> {
    const key = recordKey(digest);
    const packed = await this.#all(key, LONGEST_RECORD, signal);
    let text: Buffer;
    try {
      text = gunzipSync(packed, { maxOutputLength: Math.min(bytes, LONGEST_RECORD) + 1 });
    } catch (cause) {
      throw this.damaged(key, cause);
    }
    if (text.length !== bytes || sha256(text) !== digest) throw this.damaged(key);
    return text.toString();
  }

  /** The bytes of an object as they come, and again from where they broke off. @throws RemoteError */
  object({ digest, bytes }: StoredBytes, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return readToEnd(this.#place, objectKey(digest), bytes, signal);
  }

  /** Those of the objects that are there. @throws RemoteError for one that is there with another length */
  async objectsThere(objects: readonly StoredBytes[], signal?: AbortSignal): Promise<ReadonlySet<Digest>> {
    const there = new Set<Digest>();
    for (let at = 0; at < objects.length; at += KEYS_AT_ONCE) {
      const asked = objects.slice(at, at + KEYS_AT_ONCE);
      const found = await this.#place.find(
        asked.map(({ digest }) => objectKey(digest)),
        signal && { signal },
      );
      for (const { digest, bytes } of asked) {
        const length = found.get(objectKey(digest));
        if (length !== undefined && length !== bytes) throw this.damaged(objectKey(digest));
        if (length !== undefined) there.add(digest);
      }
    }
    return there;
  }

  /** False if it was there. @throws RemoteError */
  async putObject({ digest }: StoredBytes, source: BlobSource, signal?: AbortSignal): Promise<boolean> {
    return (await this.#place.insert(objectKey(digest), source, signal && { signal })) === 'stored';
  }

  /**
   * The slice first: an entry that is there has all that it names. @returns false if it was there. @throws RemoteError
   */
  async putEntry(record: Buffer, entry: WrittenEntry, signal?: AbortSignal): Promise<boolean> {
    const options = signal && { signal };
    if ((await this.#place.find([entry.key], options)).size > 0) return false;
    await this.putRecord(record, signal);
    return this.putEntryAlone(entry, signal);
  }

  /** @throws RemoteError */
  async putRecord(record: Buffer, signal?: AbortSignal): Promise<void> {
    await this.#place.insert(recordKey(sha256(record)), sourceOf(gzipSync(record)), signal && { signal });
  }

  /** An entry whose record is there. @returns false if it was there. @throws RemoteError */
  async putEntryAlone({ key, text }: WrittenEntry, signal?: AbortSignal): Promise<boolean> {
    return (await this.#place.insert(key, sourceOf(Buffer.from(text)), signal && { signal })) === 'stored';
  }

  damaged(key: string, cause?: unknown): RemoteError {
    return new RemoteError(
      'damaged',
      `${this.address} has other bytes under ${key} than its name says; nothing of them was used. Remove them there, and push again from a cache that has them.`,
      { cause },
    );
  }

  async #all(key: string, most: number, signal: AbortSignal | undefined): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of readToEnd(this.#place, key, undefined, signal)) {
      chunks.push(chunk);
      length += chunk.byteLength;
      if (length > most) throw this.damaged(key);
    }
    return Buffer.concat(chunks);
  }
}

/** The format of the remote; undefined where there is no marker. */
async function markerOf(place: Place, signal?: AbortSignal): Promise<number | undefined> {
  let text = '';
  for await (const chunk of readToEnd(place, MARKER, undefined, signal, true)) {
    text += Buffer.from(chunk).toString();
    if (text.length > MOST_OF_MARKER) break;
  }
  if (text === '') return undefined;
  return formatOf(text, place.address);
}

const MOST_OF_MARKER = 10_000;

/** Of any blob that is there. */
async function firstKey(place: Place, signal?: AbortSignal): Promise<string | undefined> {
  for await (const { key } of place.list('', signal && { signal })) return key;
  return undefined;
}

function sourceOf(bytes: Buffer): BlobSource {
  return {
    bytes: bytes.length,
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream that is there already
    async *open(from = 0) {
      yield bytes.subarray(from);
    },
  };
}

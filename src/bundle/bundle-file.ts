/**
 * A bundle, opened: its manifest, its record and its objects, each checked against its digest when it is read. Nothing
 * of it is executed or imported here, and nothing is written.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Digest, isDigest, sha256 } from '../core/identity/digest.ts';
import { BundleError, isRestageError, SliceError } from '../errors.ts';
import { restageVersion } from '../identity/environment/package-root.ts';
import { SCHEMA } from '../identity/schema.ts';
import type { ObjectSource } from '../store/objects/fetched-objects.ts';
import { MIGRATIONS } from '../store/database/migrations.ts';
import { parseSlice, type RecordSlice } from '../store/slice/record-slice.ts';
import { ZipReader } from './archive/read-zip.ts';
import { type LockSlice, lockTexts, parseLockSlice } from './lock/lock-slice.ts';
import {
  BUNDLE_FORMAT,
  formatOf,
  LONGEST_RECORD,
  type Manifest,
  CRATE_NAMES,
  NAMES,
  objectName,
  parseManifest,
} from './manifest.ts';

/** What else a bundle may hold. */
const FURTHER = /^lineage\/\d{3,}-[a-z0-9-]+\/state\.json$/;

export class BundleFile {
  readonly path: string;
  readonly bytes: number;
  readonly manifest: Manifest;
  readonly lock: LockSlice;
  readonly record: RecordSlice;
  readonly #zip: ZipReader;

  /** Close it when it is done. @throws BundleError */
  static open(file: string): BundleFile {
    const path = resolve(file);
    const zip = ZipReader.open(path);
    try {
      return new BundleFile(path, zip);
    } catch (error) {
      zip.close();
      throw error;
    }
  }

  private constructor(path: string, zip: ZipReader) {
    this.path = path;
    this.bytes = statSync(path).size;
    this.#zip = zip;
    this.manifest = this.#readManifest();
    this.#checkNames();
    const lock = parseLockSlice(this.#text(NAMES.lock));
    if (lock === undefined || lockTexts(lock).manifest !== this.#text(NAMES.packages))
      throw zip.refusal('its lock file is not one that restage writes');
    this.lock = lock;
    this.record = this.refusing(() => parseSlice(this.#text(NAMES.record), this.manifest.record));
  }

  /** Where objects of the record come from. */
  get source(): ObjectSource {
    return {
      name: this.path,
      has: (digest) => this.has(digest),
      read: (digest) => this.object(digest),
    };
  }

  has(digest: Digest): boolean {
    return this.#zip.bytesOf(objectName(digest)) !== undefined;
  }

  /** The digests of all objects. */
  get objects(): readonly Digest[] {
    return this.#zip.names.flatMap((name) => {
      const digest = name.slice('objects/'.length);
      return name.startsWith('objects/') && isDigest(digest) ? [digest] : [];
    });
  }

  /** Verified. @throws BundleError */
  object(digest: Digest): Buffer {
    return this.#verified(objectName(digest));
  }

  /** Reads all of it, so that nothing is found damaged later. @throws BundleError */
  verify(): void {
    for (const name of Object.keys(this.manifest.files)) this.#verified(name);
  }

  close(): void {
    this.#zip.close();
  }

  /**
   * Does work with the record. What is wrong with it refuses the bundle; a full disk, say, does not. @throws
   * BundleError
   */
  refusing<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw isOfRecord(error) ? this.refusal(error) : error;
    }
  }

  /** An error that came of the record, as the sentence that refuses the bundle. */
  refusal(error: unknown): BundleError {
    if (error instanceof BundleError) return error;
    return this.#zip.refusal((error as Error).message, error);
  }

  #readManifest(): Manifest {
    if (this.#zip.names[0] !== NAMES.manifest) throw this.#zip.refusal(`its first file is not ${NAMES.manifest}`);
    const text = this.#zip.read(NAMES.manifest, LONGEST_RECORD).toString();
    const written = formatOf(text);
    const manifest = parseManifest(text);
    const isNewer =
      written !== undefined &&
      (written.format > BUNDLE_FORMAT ||
        (manifest !== undefined && (manifest.keys > SCHEMA || manifest.record > MIGRATIONS.length)));
    if (isNewer)
      throw new BundleError(
        `${this.path} was written by restage ${shownVersion(written.restage)}, and this restage ${restageVersion()} cannot read it; update restage.`,
      );
    if (manifest === undefined) throw this.#zip.refusal(`${NAMES.manifest} is not one that restage writes`);
    return manifest;
  }

  #checkNames(): void {
    const { files } = this.manifest;
    const expected = [NAMES.manifest, ...Object.keys(files)];
    const names = this.#zip.names;
    if (names.length !== expected.length || names.some((name, index) => name !== expected[index]))
      throw this.#zip.refusal(`it has other files than ${NAMES.manifest} lists`);
    const required: readonly string[] = Object.values(NAMES);
    const fixed = [...required, ...Object.values(CRATE_NAMES)];
    for (const name of names) {
      const isObject = isDigest(name.slice('objects/'.length)) && name.startsWith('objects/');
      if (isObject ? files[name] !== name.slice('objects/'.length) : !fixed.includes(name) && !FURTHER.test(name))
        throw this.#zip.refusal('it has a file of a kind that restage does not write');
    }
    for (const name of required.slice(1))
      if (files[name] === undefined) throw this.#zip.refusal(`${name} is missing from it`);
  }

  #text(name: string): string {
    return this.#verified(name, LONGEST_RECORD).toString();
  }

  #verified(name: string, most?: number): Buffer {
    const content = this.#zip.read(name, most);
    if (sha256(content) !== this.manifest.files[name]) throw this.#zip.refusal(`${name} is not what its digest says`);
    return content;
  }
}

/** The record of a stranger may have anything in a text that restage reads. */
export function isOfRecord(error: unknown): boolean {
  if (isRestageError(error)) return error instanceof SliceError;
  return error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError;
}

/** Words of a stranger in a sentence of ours. */
function shownVersion(version: string): string {
  return /^[\w.+-]{1,40}$/.test(version) ? version : 'of another version';
}

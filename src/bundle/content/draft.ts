/** What a bundle will hold: decided before anything is written, so that it can be told as well. */
import { readFileSync } from 'node:fs';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { BundleError } from '../../errors.ts';
import type { Lineage } from '../../audit/lineage/lineage.ts';
import type { Subject } from '../../audit/lineage/subject.ts';
import { restageVersion } from '../../identity/environment/package-root.ts';
import { SCHEMA } from '../../identity/schema.ts';
import type { Cache } from '../../store/cache.ts';
import type { ArtifactRecord } from '../../store/query/prefixes.ts';
import { cutSlice } from '../../store/slice/cut-slice.ts';
import { sliceText } from '../../store/slice/record-slice.ts';
import { type LockSlice, lockTexts, type WantedPackage } from '../lock/lock-slice.ts';
import { sliceOfProject } from '../lock/project-lock.ts';
import { BUNDLE_FORMAT, type BundledSubject, LONGEST_RECORD, type Manifest, NAMES, objectName } from '../manifest.ts';
import { crateFiles } from './crate.ts';
import { declaredFiles, inputContent } from './input-files.ts';
import { lineagePages, readmeText } from './pages.ts';
import { choose } from './subjects.ts';

export interface BundleChoice {
  readonly subjects: readonly Subject[];
  /** Whether the bytes of input files come along. */
  readonly data: boolean;
  /** Whether the bytes of all outputs come along, and not only of those that are asked for. */
  readonly outputs: boolean;
  /** The project, which has the lock file and the files that stages declare to read. */
  readonly root: string | undefined;
}

export interface BundleDraft {
  readonly manifest: Manifest;
  readonly subjects: readonly BundledSubject[];
  readonly lineage: Lineage;
  readonly lock: LockSlice;
  /** Every file but the manifest, in the order of the archive. */
  readonly files: ReadonlyMap<string, () => Uint8Array>;
}

/** TensorFlow's own library is installed by users, so no code names its package. */
const BACKEND_PACKAGES: ReadonlyMap<string, string> = new Map([
  ['tfjs-node', '@tensorflow/tfjs-node'],
  ['tfjs-node-gpu', '@tensorflow/tfjs-node-gpu'],
]);

/** @throws BundleError, and CacheError for bytes that are gone */
export async function draftBundle(cache: Cache, choice: BundleChoice): Promise<BundleDraft> {
  const { subjects, lineage, slice } = choose(cache, choice.subjects);
  const lock = sliceOfProject(choice.root, packagesOf(lineage));
  const { reads, paths } = await declaredFiles(cache, lineage, choice.root);
  const objects = new Map<Digest, () => Uint8Array>();
  const add = (digest: Digest, evenSmall: boolean): void => {
    const artifact: ArtifactRecord = cache.query.prefixes.artifacts(digest, 1)[0]!;
    if (evenSmall || artifact.inline === null) objects.set(digest, () => cache.read(artifact));
  };
  // Of small values, the record has the bytes; code is for people too.
  for (const digest of codeOf(cache, lineage)) add(digest, true);
  for (const digest of outputsOf(subjects, lineage, choice.outputs)) add(digest, false);
  if (choice.data) {
    for (const file of lineage.files) objects.set(file.digest, () => inputContent(cache, file));
    for (const [digest, path] of paths) objects.set(digest, () => readFileSync(path));
  }
  const record = cutSlice(cache.directory, slice);
  const recordText = Buffer.from(sliceText(record));
  if (recordText.length > LONGEST_RECORD)
    throw new BundleError(
      `The record of these ${lineage.states.length} states has ${recordText.length} bytes, logs and metrics included, and a bundle holds up to ${LONGEST_RECORD}; bundle one number in place of a run.`,
    );
  const restage = restageVersion();
  const data = choice.data ? 'included' : 'omitted';
  const packages = Object.entries(lock.packages).map(([place, { version }]) => `${nameAt(place)} ${version}`);
  const included = new Set(objects.keys());
  const subject = choice.subjects.length === 1 ? choice.subjects[0] : undefined;
  const texts = new Map<string, string | Buffer>([
    [NAMES.readme, readmeText({ subjects, lineage, restage, data, packages })],
    [NAMES.packages, lockTexts(lock).manifest],
    [NAMES.lock, lockTexts(lock).lock],
    [NAMES.record, recordText],
    ...(subject === undefined ? [] : crateFiles(cache, subject, { named: subjects[0]!.name, included })),
    ...lineagePages(cache, lineage, included),
  ]);
  const digests = [...objects.keys()].sort();
  const files = new Map<string, () => Uint8Array>([
    ...[...texts].map(([name, text]) => [name, () => (typeof text === 'string' ? Buffer.from(text) : text)] as const),
    ...digests.map((digest) => [objectName(digest), objects.get(digest)!] as const),
  ]);
  const manifest: Manifest = {
    kind: 'restage-bundle',
    format: BUNDLE_FORMAT,
    restage,
    keys: SCHEMA,
    record: record.schema,
    subjects,
    data,
    outputs: choice.outputs ? 'all' : 'asked',
    reads,
    files: Object.fromEntries([
      ...[...texts].map(([name, text]) => [name, sha256(text)] as const),
      ...digests.map((digest) => [objectName(digest), digest] as const),
    ]),
  };
  return { manifest, subjects, lineage, lock, files };
}

function packagesOf({ states }: Lineage): readonly WantedPackage[] {
  const versions = new Map<string, Set<string>>();
  for (const { packages, backend } of states) {
    for (const { name, value } of packages) {
      const known = versions.get(name) ?? new Set();
      for (const version of value.split(' ')) known.add(version);
      versions.set(name, known);
    }
    const ofBackend = BACKEND_PACKAGES.get(backend?.split(' ', 1)[0] ?? '');
    if (ofBackend !== undefined && !versions.has(ofBackend)) versions.set(ofBackend, new Set());
  }
  return [...versions].map(([name, known]) => ({ name, versions: [...known] }));
}

function* codeOf({ query }: Cache, { codes }: Lineage): Generator<Digest> {
  for (const { digest, sources } of codes) {
    yield query.codes.origin(digest)!.bundle;
    for (const source of sources) yield source.digest;
  }
}

function* outputsOf(subjects: readonly BundledSubject[], { states }: Lineage, all: boolean): Generator<Digest> {
  const asked = subjects.flatMap(({ roots }) => roots);
  for (const { state, outputs } of states)
    for (const { name, digest } of outputs)
      if (all || asked.some((root) => root.state === state && (root.output === null || root.output === name)))
        yield digest;
}

function nameAt(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

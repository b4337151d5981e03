/** The inputs of a task as its stage sees them: lazy, decoded with the stage's own codecs, each read at most once. */
import { statSync } from 'node:fs';
import type { Artifact } from '../../core/artifact/artifact.ts';
import type { AnyCodec } from '../../core/artifact/codec.ts';
import type { ExternalFile } from '../../core/artifact/codecs/file.ts';
import type { AnyStage, Input, Many } from '../../core/authoring/stage.ts';
import { DataError } from '../../errors.ts';
import { hashFile } from '../../store/files/hash-file.ts';
import { pathDigest } from '../../store/files/path-digest.ts';
import type { ObjectStore } from '../../store/objects/object-store.ts';
import type { FileSource, Task, TaskInput } from '../contract.ts';
import { privately } from './observed/observation.ts';
import { verifiedFiles } from '../fetch/verified-files.ts';

export type InputMap = Readonly<Record<string, Input<unknown> | readonly Input<unknown>[]>>;

export function openInputs(stage: AnyStage, task: Task, store: ObjectStore): InputMap {
  const inputs: Record<string, Input<unknown> | readonly Input<unknown>[]> = {};
  let taken = 0;
  for (const [slot, declared] of Object.entries(stage.inputs)) {
    const given = task.inputs.filter((input) => input.slot === slot);
    taken += given.length;
    if (isMany(declared)) {
      const sorted = given.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0));
      inputs[slot] = Object.freeze(sorted.map((input) => openInput(declared.many, input, task, store)));
    } else {
      if (given.length !== 1)
        throw new Error(`internal error: input ${slot} of node ${task.node} was given ${given.length} times`);
      inputs[slot] = openInput(declared, given[0]!, task, store);
    }
  }
  if (taken !== task.inputs.length)
    throw new Error(`internal error: node ${task.node} was given inputs that stage ${stage.name} does not declare`);
  return Object.freeze(inputs);
}

/**
 * A first check of a task's external files, before its stage reads them: does each exist, with the right length?
 * @throws DataError
 */
export function checkFilesByLength(task: Task): void {
  for (const source of filesOf(task)) {
    const size = statSync(source.path, { throwIfNoEntry: false })?.size;
    if (size !== source.bytes) throw changed(source);
  }
}

/**
 * Checks, after a task's stage has run, that the external files are still the ones that were hashed. It compares
 * content, since a file may have changed between the hashing and the reading.
 * @throws DataError
 */
export async function checkFilesByContent(task: Task): Promise<void> {
  for (const source of filesOf(task)) {
    // Nobody may edit a download, so its stat is trusted, as is that of a file at the start of a run.
    const reading = source.remote === undefined ? hashFile(source.path) : verifiedFiles.digest(source.path);
    const digest = await reading.catch(() => undefined);
    if (digest !== source.digest) throw changed(source);
  }
}

/** The same for the files and folders that the stage declares to read. @throws DataError */
export async function checkDeclaredReads({ declares }: Task): Promise<void> {
  for (const { path, digest } of declares.reads)
    if ((await pathDigest(path, hashFile).catch(() => undefined)) !== digest) throw changed({ path });
}

function filesOf(task: Task): readonly FileSource[] {
  return task.inputs.flatMap(({ source }) => (source.type === 'file' ? [source] : []));
}

function changed({ path }: Pick<FileSource, 'path'>): DataError {
  return new DataError(
    `The file ${path} was changed or removed after this run had hashed it, so its result is rejected; run again once nothing writes to it.`,
  );
}

function isMany(slot: AnyCodec | Many<AnyCodec>): slot is Many<AnyCodec> {
  return 'many' in slot;
}

function openInput(
  codec: AnyCodec,
  { slot, index, source }: TaskInput,
  task: Task,
  store: ObjectStore,
): Input<unknown> {
  const where = `Input ${index === null ? slot : `${slot}.${index}`} of node ${task.node}`;
  if ((source.type === 'file') !== (codec.kind === 'file'))
    throw new Error(`internal error: ${where} is of kind ${codec.kind}, but was given as ${source.type}`);
  let value: Promise<unknown> | undefined;
  const decode = (from: Artifact): unknown => {
    // Verified on every read: otherwise a stage could train on a flipped bit, and the record would describe different
    // data.
    const bytes =
      from.inline === null
        ? privately(() => store.read(from.digest, from.bytes, { verify: true }))
        : aligned(from.inline);
    return codec.decode(bytes, where);
  };
  return {
    digest: source.digest,
    // An error in decoding becomes the promise's rejection.
    read: () =>
      (value ??= new Promise((resolve) => resolve(source.type === 'file' ? externalFile(source) : decode(source)))),
  };
}

function externalFile({ path, bytes, digest }: FileSource): ExternalFile {
  return Object.freeze({ path, bytes, digest });
}

/**
 * Inline bytes are a slice of the message that carried them. A typed array can share them only at an offset that is a
 * multiple of 8.
 */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 && bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes);
}

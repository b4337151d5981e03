/**
 * A stage's checkpoint: one file, `sha256 of the rest, v8.serialize(value)`, replaced by a rename.
 *
 * It outlives crashes of the worker and of restage. A file that is torn, or written by another version of Node, is
 * ignored: a stage that starts again from the beginning is correct as well.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { Checkpoint, CheckpointValue } from '../../core/authoring/stage.ts';
import { errorSentence, isError, shown } from '../../core/diagnostics/thrown.ts';
import { DataError } from '../../errors.ts';
import { storageError } from '../../store/files/storage-error.ts';
import { replaceFile } from '../../store/files/temporary-files.ts';
import type { AttemptSecrets } from './secrets.ts';
import { privately } from './observed/observation.ts';

/** `node`: whose checkpoint it is, for the messages. `onResume` is called when something was saved. */
export function openCheckpoint(
  file: string,
  node: string,
  onResume: () => void = () => undefined,
  secrets?: AttemptSecrets,
): Checkpoint {
  return {
    load: () => {
      const saved = privately(() => load(file));
      if (saved !== undefined) onResume();
      return Promise.resolve(saved);
    },
    // Synchronous inside: when two saves are not awaited, the later one remains.
    save: (value) =>
      new Promise((resolve) => {
        const payload = serialized(value, node);
        secrets?.refuseIn([payload], `The checkpoint of node ${node}`);
        privately(() => save(file, payload));
        resolve();
      }),
  };
}

/** For the part that reports the stage's success: nothing after that needs the checkpoint. */
export function removeCheckpoint(file: string): void {
  if (!existsSync(file)) return;
  try {
    unlinkSync(file);
  } catch (error) {
    throw storageError(error, 'The end of a checkpoint', dirname(file));
  }
}

const DIGEST_BYTES = 32;

function load(file: string): CheckpointValue | undefined {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch {
    return undefined;
  }
  const payload = content.subarray(DIGEST_BYTES);
  if (content.length <= DIGEST_BYTES || !digestOf(payload).equals(content.subarray(0, DIGEST_BYTES))) return undefined;
  try {
    return deserialize(payload) as CheckpointValue;
  } catch {
    return undefined;
  }
}

/** @throws DataError */
function serialized(value: unknown, node: string): Buffer {
  // `load` gives undefined where there is no checkpoint.
  if (value === undefined)
    throw new DataError(`The checkpoint of node ${node} is undefined; save a value, such as null.`);
  try {
    return serialize(value);
  } catch (error) {
    const why = isError(error) ? errorSentence(error) : shown(error);
    throw new DataError(`The checkpoint of node ${node} cannot be stored (${why}); use plain data and typed arrays.`, {
      cause: error,
    });
  }
}

function save(file: string, payload: Buffer): void {
  const content = Buffer.concat([digestOf(payload), payload]);
  replaceFile(file, content, `A checkpoint of ${content.length} bytes`);
}

function digestOf(payload: Uint8Array): Buffer {
  return createHash('sha256').update(payload).digest();
}

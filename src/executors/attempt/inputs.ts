/** The inputs of a task as its stage sees them: lazy, decoded with the stage's own codecs, each read at most once. */
import type { Artifact } from '../../core/artifact/artifact.ts';
import type { AnyCodec } from '../../core/artifact/codec.ts';
import type { ExternalFile } from '../../core/artifact/codecs/file.ts';
import type { AnyStage, Input, Many } from '../../core/authoring/stage.ts';
import type { ObjectStore } from '../../store/objects/object-store.ts';
import type { FileSource, Task, TaskInput } from '../contract.ts';
import { privately } from './observed/observation.ts';

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
        : copied(from.inline);
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
 * A copy, at the start of a buffer of its own: a typed array shares its buffer with whoever writes to it, and inline
 * bytes are part of the message that carried them or, in restage's own process, of the record.
 */
function copied(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

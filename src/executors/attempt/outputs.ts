/** Checks the values that a stage returned against its declaration and turns them into artifacts. */
import type { Output } from '../../core/artifact/artifact.ts';
import { sha256 } from '../../core/identity/digest.ts';
import { type AnyStage, declarationFrame } from '../../core/authoring/stage.ts';
import { CacheError, DataError, RestageError } from '../../errors.ts';
import { INLINE_LIMIT, type ObjectStore } from '../../store/objects/object-store.ts';
import type { Task } from '../contract.ts';
import { OutputError } from './failure.ts';

/**
 * @throws OutputError for outputs that are missing, undeclared, or not encodable by their codec, with the place of the
 * stage; CacheError if they cannot be stored
 */
export function storeOutputs(stage: AnyStage, result: unknown, task: Task, store: ObjectStore): readonly Output[] {
  try {
    return checkedOutputs(stage, result, task, store);
  } catch (error) {
    // The first is a matter of the disk, the second of the memory.
    if (error instanceof CacheError || error instanceof RangeError) throw error;
    throw new OutputError(error, declarationFrame(stage));
  }
}

function checkedOutputs(stage: AnyStage, result: unknown, task: Task, store: ObjectStore): readonly Output[] {
  const declared = Object.keys(stage.outputs);
  if (typeof result !== 'object' || result === null)
    throw new DataError(
      `Stage ${stage.name} returned ${result === null ? 'null' : typeof result}; it declares ${list(declared)} and must return an object with ${declared.length === 1 ? 'it' : 'them'}.`,
    );
  const values = result as Readonly<Record<string, unknown>>;
  for (const name of declared) {
    if (values[name] === undefined)
      throw new DataError(
        `Stage ${stage.name} returned no output "${name}"; it declares ${list(declared)} and returned ${list(Object.keys(values)) || 'an empty object'}.`,
      );
  }
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(stage.outputs, name))
      throw new DataError(
        `Stage ${stage.name} returned an output "${name}" that it does not declare; it declares ${list(declared)}.`,
      );
  }
  return declared.map((name) => storeOutput(stage, name, values[name], task, store));
}

function storeOutput(stage: AnyStage, name: string, value: unknown, task: Task, store: ObjectStore): Output {
  const chunks = encode(stage, name, value, `Output ${name} of node ${task.node}`);
  const { kind } = stage.outputs[name]!;
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  if (bytes > INLINE_LIMIT) return { name, kind, ...store.put(chunks), inline: null };
  const inline = join(chunks, bytes);
  return { name, kind, digest: sha256(inline), bytes, inline };
}

function encode(stage: AnyStage, name: string, value: unknown, where: string): readonly Uint8Array[] {
  const codec = stage.outputs[name]!;
  try {
    return codec.encode(value as never, where);
  } catch (cause) {
    if (cause instanceof RestageError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`${where} is not a ${codec.kind} that can be stored (${reason})`, { cause });
  }
}

/** Copies the chunks: the buffer that a codec returns may be part of a larger one, or change later. */
function join(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const joined = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return joined;
}

function list(names: readonly string[]): string {
  return names.join(', ');
}

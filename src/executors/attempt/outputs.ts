/** Checks the values that a stage returned against its declaration and turns them into artifacts. */
import type { Output } from '../../core/artifact/artifact.ts';
import { plainArray } from '../../core/artifact/typed-array.ts';
import { sha256 } from '../../core/identity/digest.ts';
import { type AnyStage, declarationFrame } from '../../core/authoring/stage.ts';
import { isInstance } from '../../core/diagnostics/thrown.ts';
import { CacheError, DataError, RestageError } from '../../errors.ts';
import { INLINE_LIMIT, type ObjectStore } from '../../store/objects/object-store.ts';
import type { Task } from '../contract.ts';
import { OutputError } from './failure.ts';
import type { AttemptSecrets } from './secrets.ts';

/** Whose outputs are stored, and where. */
export interface Storing {
  readonly stage: AnyStage;
  readonly task: Pick<Task, 'node'>;
  readonly store: ObjectStore;
  /** Runs an encoder, which may be code of the stage. */
  readonly asStage: <T>(encode: () => T) => T;
  /** What no output may hold; undefined if there is none. */
  readonly secrets: AttemptSecrets | undefined;
}

/**
 * @param result what the stage returned
 * @throws OutputError for outputs that are missing, undeclared, or not encodable by their codec, with the place of the
 * stage; CacheError if they cannot be stored
 */
export function storeOutputs(result: unknown, storing: Storing): readonly Output[] {
  const { stage } = storing;
  try {
    return checkedOutputs(stage, result).map(([name, value]) => storeOutput(name, value, storing));
  } catch (error) {
    // The first is a matter of the disk, the second of the memory.
    if (isInstance(error, CacheError) || isInstance(error, RangeError)) throw error;
    throw new OutputError(error, declarationFrame(stage));
  }
}

function checkedOutputs(stage: AnyStage, result: unknown): readonly (readonly [name: string, value: unknown])[] {
  const declared = Object.keys(stage.outputs);
  if (typeof result !== 'object' || result === null)
    throw new DataError(
      `Stage ${stage.name} returned ${result === null ? 'null' : typeof result}; it declares ${list(declared)} and must return an object with ${declared.length === 1 ? 'it' : 'them'}.`,
    );
  const names = Object.keys(result);
  const values = declared.map((name) => [name, memberOf(result, name)] as const);
  for (const [name, value] of values) {
    if (value === undefined)
      throw new DataError(
        `Stage ${stage.name} returned no output "${name}"; it declares ${list(declared)} and returned ${list(names) || 'an empty object'}.`,
      );
  }
  for (const name of names) {
    if (!Object.hasOwn(stage.outputs, name))
      throw new DataError(
        `Stage ${stage.name} returned an output "${name}" that it does not declare; it declares ${list(declared)}.`,
      );
  }
  return values;
}

/**
 * Read once, so that what is checked is what is stored. What every object inherits, such as toString, is not an output.
 */
function memberOf(result: object, name: string): unknown {
  if (name in Object.prototype && !Object.hasOwn(result, name)) return undefined;
  return (result as Readonly<Record<string, unknown>>)[name];
}

function storeOutput(name: string, value: unknown, { stage, task, store, asStage, secrets }: Storing): Output {
  const what = `Output ${name} of node ${task.node}`;
  const chunks = asStage(() => encode(stage, name, value, what));
  secrets?.refuseIn(chunks, what);
  const { kind } = stage.outputs[name]!;
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  if (bytes > INLINE_LIMIT) return { name, kind, ...store.put(chunks), inline: null };
  const inline = join(chunks, bytes);
  return { name, kind, digest: sha256(inline), bytes, inline };
}

function encode(stage: AnyStage, name: string, value: unknown, where: string): readonly Uint8Array[] {
  const codec = stage.outputs[name]!;
  let chunks: readonly Uint8Array[];
  try {
    chunks = codec.encode(value as never, where);
  } catch (cause) {
    if (cause instanceof RestageError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`${where} is not a ${codec.kind} that can be stored (${reason})`, { cause });
  }
  // A codec may be the user's own.
  const called = `${where}, as its codec ${codec.kind} encodes it,`;
  if (!Array.isArray(chunks))
    throw new DataError(`${called} is not a list of chunks; encode to an array of Uint8Array.`);
  return chunks.map((chunk) => plainArray(chunk, called, ['uint8']) as Uint8Array);
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

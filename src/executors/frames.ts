/**
 * Messages as frames on a pipe: the length of the body in four bytes, a byte that says how the body is written, and the
 * body. Not Node's own channel: `process.send` would lead any code to it, a broken message would end the process that
 * reads it, and what is not read yet would fill the memory of the process that writes.
 */
import { deserialize, serialize } from 'node:v8';

/** Taken before a stage can replace it. */
const { stringify } = JSON;

const HEAD_BYTES = 5;
/** A value as V8 serialises it: bytes, NaN and -0 are what they were. */
const VALUE = 0;
/** The same for what JSON can hold, in a third of the time. */
const JSON_TEXT = 1;

/** @throws the serialiser's own error for a value that cannot be copied */
export function frameOf(message: unknown): Buffer {
  const body = serialize(message);
  const frame = headed(body.byteLength, VALUE);
  body.copy(frame, HEAD_BYTES);
  return frame;
}

/** For a message that JSON can hold: no bytes, no NaN, no -0. */
export function textFrameOf(message: unknown): Buffer {
  const body = stringify(message);
  const frame = headed(Buffer.byteLength(body), JSON_TEXT);
  frame.write(body, HEAD_BYTES);
  return frame;
}

function headed(bodyBytes: number, kind: number): Buffer {
  const frame = Buffer.allocUnsafe(HEAD_BYTES + bodyBytes);
  frame.writeUInt32LE(bodyBytes);
  frame[HEAD_BYTES - 1] = kind;
  return frame;
}

/** Makes values of the pieces that arrive. */
export class FrameReader {
  readonly #longest: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** `longest`: how many bytes the body of a frame may have. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /**
   * The values that this piece completes.
   * @throws Error for bytes that are not a frame; what follows them cannot be read either
   */
  *add(piece: Buffer): Generator {
    this.#pieces.push(piece);
    this.#bytes += piece.byteLength;
    while (this.#bytes >= HEAD_BYTES) {
      const end = HEAD_BYTES + this.#announced();
      if (this.#bytes < end) return;
      // A large frame comes in many pieces: they are joined once, when all of them are there.
      const all = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces, this.#bytes);
      this.#pieces = [all.subarray(end)];
      this.#bytes -= end;
      yield valueOf(all[HEAD_BYTES - 1]!, all.subarray(HEAD_BYTES, end));
    }
  }

  #announced(): number {
    while (this.#pieces[0]!.byteLength < HEAD_BYTES) this.#pieces.splice(0, 2, Buffer.concat(this.#pieces.slice(0, 2)));
    const length = this.#pieces[0]!.readUInt32LE();
    if (length > this.#longest) throw new Error(`it announces ${length} bytes`);
    return length;
  }
}

function valueOf(kind: number, body: Buffer): unknown {
  switch (kind) {
    case VALUE:
      return deserialize(body);
    case JSON_TEXT:
      return JSON.parse(body.toString()) as unknown;
    default:
      throw new Error(`its kind is ${kind}`);
  }
}

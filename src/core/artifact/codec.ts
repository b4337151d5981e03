/**
 * Codecs: how the value of an output becomes the bytes of an artifact and back.
 *
 * A codec's `kind` is part of its type, so that wiring a `table` output into a `weights` input does not compile.
 * To add one, export a function here that returns a `Codec` of a kind of its own, and re-export it from src/index.ts.
 * Encoding is a pure function of the value: equal values give equal bytes, or early cut-off would not work.
 */
import type { z } from 'zod';
import { DecodeError } from '../../errors.ts';
import { type CanonicalValue, canonical } from '../identity/canonical.ts';
import type { Digest } from '../identity/digest.ts';
import { decodeTensors, encodeTensors, type Table, type Tensors, type TypedArray, tensor } from './tensors.ts';

export interface Codec<Kind extends string, T> {
  readonly kind: Kind;
  /** The artifact's bytes, in chunks. `where` names the output, for errors. */
  readonly encode: (value: T, where: string) => readonly Uint8Array[];
  /** @throws DecodeError */
  readonly decode: (bytes: Uint8Array, where: string) => T;
}

/** What an input of this codec gives the stage, and an output takes from it. */
export type ValueOf<C> = C extends Codec<string, infer T> ? T : never;

/** Some codec, whatever its type: every `Codec` is assignable to it. */
export interface AnyCodec {
  readonly kind: string;
  readonly encode: (value: never, where: string) => readonly Uint8Array[];
  readonly decode: (bytes: Uint8Array, where: string) => unknown;
}

/** Any JSON-like value. With a zod schema, what is written and read is checked against it. */
export function json<T = CanonicalValue>(schema?: z.ZodType<T>): Codec<'json', T> {
  const check = (value: unknown, where: string): T => {
    if (schema === undefined) return value as T;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    throw new DecodeError(
      `${where} does not fit its schema at ${issue.path.join('.') || 'its root'}: ${issue.message}.`,
    );
  };
  return {
    kind: 'json',
    encode: (value, where) => [Buffer.from(JSON.stringify(canonical(check(value, where), where)))],
    decode: (bytes, where) => {
      try {
        return check(JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()), where);
      } catch (cause) {
        if (cause instanceof SyntaxError) throw new DecodeError(`${where} is not JSON: ${cause.message}.`, { cause });
        throw cause;
      }
    },
  };
}

/** A table: typed-array columns of one length. */
export function table<Columns extends string = string>(): Codec<'table', Table<Columns>> {
  return {
    kind: 'table',
    encode: ({ rows, columns }) =>
      encodeTensors(
        Object.fromEntries(Object.entries<TypedArray>(columns).map(([name, column]) => [name, tensor([rows], column)])),
      ),
    decode: (bytes, where) => {
      const tensors = Object.entries(decodeTensors(bytes, where));
      const rows = tensors[0]?.[1].shape[0] ?? 0;
      for (const [name, { shape }] of tensors) {
        if (shape.length !== 1 || shape[0] !== rows)
          throw new DecodeError(`${where} is no table: its column ${name} has shape [${shape.join(', ')}].`);
      }
      const columns = Object.fromEntries(tensors.map(([name, { data }]) => [name, data]));
      return { rows, columns: columns as Record<Columns, TypedArray> };
    },
  };
}

/** Named tensors: the parameters of a network, and whatever else is an array with a shape. */
export function weights(): Codec<'weights', Tensors> {
  return { kind: 'weights', encode: encodeTensors, decode: decodeTensors };
}

/** UTF-8 text: a submission, a picture as SVG. */
export function text(): Codec<'text', string> {
  return {
    kind: 'text',
    encode: (value) => [Buffer.from(value)],
    decode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
  };
}

/** Bytes as they are. */
export function bytes(): Codec<'bytes', Uint8Array> {
  return { kind: 'bytes', encode: (value) => [value], decode: (value) => value };
}

/** An external file, as a stage sees it. Its identity is its content; its path is not part of any key. */
export interface ExternalFile {
  readonly path: string;
  readonly bytes: number;
  readonly digest: Digest;
}

/**
 * A file that restage did not make: only as an input, wired with `externalFile(path)` or `remoteFile({...})`.
 * One of the user's is hashed before anything runs; either is hashed again after the stage.
 */
export function file(): Codec<'file', ExternalFile> {
  const refuse = (): never => {
    throw new Error('internal error: an external file is neither encoded nor decoded');
  };
  return { kind: 'file', encode: refuse, decode: refuse };
}

/**
 * Artifacts: bytes by their digest, wherever they are: in a row of the database, in the object store, on their way
 * there.
 */
import type { Digest } from '../identity/digest.ts';

export interface Artifact {
  readonly digest: Digest;
  readonly bytes: number;
  /** The bytes themselves where they are few; null where they are in the object store. */
  readonly inline: Uint8Array | null;
}

/** An artifact as one of the outputs of a stage. */
export interface Output extends Artifact {
  readonly name: string;
  /** The kind of its codec. */
  readonly kind: string;
}

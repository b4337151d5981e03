/**
 * Outputs of states that exist already, as inputs: how a pipeline goes on from what an earlier run made, also where the
 * code that made it has changed since or is gone. Nothing here looks at the record; planning finds what is named.
 */
import { DefinitionError } from '../../errors.ts';
import type { Codec } from '../artifact/codec.ts';

/** An output on record, to be wired into an input of the same kind and type. */
export interface StateRef<Kind extends string, T> {
  /** The reference by which the output is looked up when a run is planned. */
  readonly recorded: string;
  readonly kind: Kind;
  /** Never present at run time: carries the type. */
  readonly [stateType]?: T;
}
declare const stateType: unique symbol;

/** Without its type, as it is in a graph. */
export interface RecordedRef {
  readonly recorded: string;
  readonly kind: string;
}

/**
 * Names an output of a state on record. The reference is as on the command line: `run:3/train.network`,
 * `baseline/train.network` for a run with that tag, `3fa9c1d2.network` for a state, or an artifact's digest. A name
 * without a run (`train.network`) is the latest in this pipeline. The input's content enters the key as if the node
 * that made it were wired in, so the key does not depend on the reference.
 *
 *     build(p, { start }) {
 *       const network = start === undefined ? p.add(train, {}).out.network : stateOutput(start, weights());
 *       ...
 *     }
 *
 * @throws DefinitionError
 */
export function stateOutput<Kind extends string, T>(reference: string, codec: Codec<Kind, T>): StateRef<Kind, T> {
  const { kind } = codec as Partial<Codec<Kind, T>>;
  if (typeof reference !== 'string' || reference.trim() === '')
    throw new DefinitionError(
      'stateOutput() is called without a reference; name an output on record, such as stateOutput("run:3/train.network", weights()).',
    );
  if (typeof kind !== 'string')
    throw new DefinitionError(
      `stateOutput("${reference}") is called without a codec; give the one of the output, such as weights(), as its second argument.`,
    );
  if (kind === 'file')
    throw new DefinitionError(
      `stateOutput("${reference}") has the codec file(), which is for external files; no stage makes those, so use externalFile(path).`,
    );
  return { recorded: reference, kind };
}

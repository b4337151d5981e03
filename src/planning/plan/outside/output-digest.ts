/** The content of an output of a state on record. */
import type { Digest } from '../../../core/identity/digest.ts';
import type { Cache } from '../../../store/cache.ts';

/** @param state id of its row */
export function outputDigest({ query }: Cache, state: number, name: string): Digest {
  const output = query.states.outputs(state).find((candidate) => candidate.name === name);
  if (output === undefined) throw new Error(`internal error: state ${state} has no output ${name}`);
  return output.digest;
}

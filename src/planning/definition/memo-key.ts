/** The only recipe for the keys of memos in planning. Without heavy imports: a run in which nothing changed uses it. */
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { addedConditions } from '../../identity/environment/node-conditions.ts';
import { restageVersion } from '../../identity/environment/package-root.ts';
import { SCHEMA } from '../../identity/schema.ts';

/** For all kinds: a new number invalidates every memo of earlier releases. */
const FORMAT = 12;

/**
 * The key of the answer to a question, for this restage on this Node. `question` is JSON: everything that the answer
 * depends on.
 */
export function memoKey(kind: string, question: readonly unknown[]): Digest {
  return sha256(
    JSON.stringify([`${kind}/v${FORMAT}`, SCHEMA, restageVersion(), process.version, addedConditions(), ...question]),
  );
}

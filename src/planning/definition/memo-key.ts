/** The one recipe of the key of what planning memoises. Free of heavy imports: a run in which nothing changed uses it. */
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { restageVersion } from '../../identity/environment/package-root.ts';
import { SCHEMA } from '../../identity/schema.ts';

/** Counts for all kinds: another number makes every memo of earlier releases void. */
const FORMAT = 7;

/** The answer to the question, by this restage on this Node. `question` is JSON: everything that the answer depends on. */
export function memoKey(kind: string, question: readonly unknown[]): Digest {
  return sha256(JSON.stringify([`${kind}/v${FORMAT}`, SCHEMA, restageVersion(), process.version, ...question]));
}

/**
 * A set-up file of vitest: one seed for all property tests. It is fixed, so that a run can be repeated as it was.
 * `npm run test:nightly` takes a random one for each of its rounds and prints it; PROPERTY_SEED=N repeats a round.
 */
import fc from 'fast-check';

/** What random choices of a test start from. */
export const PROPERTY_SEED = Number(process.env['PROPERTY_SEED'] ?? 20200207);

fc.configureGlobal({ seed: PROPERTY_SEED });

/** One seed for all property tests, so that a run can be repeated as it was; `PROPERTY_SEED=N npm test` tries another. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20200207) });

/**
 * The version of everything that restage itself gives a stage: the context, the codecs' bytes, the streams of random
 * numbers. It changes whenever their meaning changes. It represents the authoring package `restage`, which no bundle
 * contains. It enters every key, and the key of every memo: results under another version are no longer valid.
 *
 * In a file of its own without imports, so that a run with nothing to execute loads nothing else for it.
 */
export const SCHEMA = 2;

/**
 * The oldest version whose results are still valid, since what changed after it changed keys and no meaning. A state of
 * such a version is found again for a program that is the same.
 */
export const OLDEST_VALID_SCHEMA = 2;

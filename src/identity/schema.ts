/**
 * Changes whenever what a stage is given by restage itself changes meaning: the context, the codecs' bytes, the streams
 * of random numbers. It stands for the authoring package `restage`, which no bundle contains. It enters every key, and
 * the key of every memo: what was worked out under another one counts no more.
 *
 * Apart, and free of imports, so that a no-op run loads nothing else for it.
 */
export const SCHEMA = 2;

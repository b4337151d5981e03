/** Why a node runs if its state is on record but its bytes are missing, in the words that the record keeps. */
export const LOST_OUTPUT = 'an output is missing from the cache';

/**
 * Values of fields by their digests. The index has their first bytes alone, since whole digests would take as much as
 * the table.
 */

/** An SQL condition with one parameter, `digest`: the BLOB of 32 bytes. */
export const HAS_DIGEST = 'substr(digest, 1, 4) = substr(@digest, 1, 4) AND digest = @digest';

/**
 * Schema: values of fields are found by the first bytes of their digests. An index of whole digests with their previews
 * had all of the table a second time, in the order of digests, so it filled its pages badly too.
 *
 * SQLite cannot remove a UNIQUE. The table is made again, and so is that of the fields, which refers to it: a table
 * that another one refers to cannot be dropped. Those who add a value look for it first, within their transaction.
 */

export const LEAN_FIELD_VALUES = `
CREATE TABLE lean_value (
  id      INTEGER PRIMARY KEY,
  digest  BLOB NOT NULL CHECK (length(digest) = 32),
  preview TEXT NOT NULL
) STRICT;
INSERT INTO lean_value (id, digest, preview) SELECT id, digest, preview FROM field_value ORDER BY id;
CREATE TABLE lean_field (
  state INTEGER NOT NULL REFERENCES state (id),
  name  INTEGER NOT NULL REFERENCES name (id),
  value INTEGER NOT NULL REFERENCES lean_value (id),
  PRIMARY KEY (state, name)
) STRICT, WITHOUT ROWID;
INSERT INTO lean_field (state, name, value) SELECT state, name, value FROM state_field ORDER BY state, name;
DROP TABLE state_field;
DROP TABLE field_value;
ALTER TABLE lean_value RENAME TO field_value;
ALTER TABLE lean_field RENAME TO state_field;
CREATE INDEX field_value_by_digest ON field_value (substr(digest, 1, 4));
`;

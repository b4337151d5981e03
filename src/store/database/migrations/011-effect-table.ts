/**
 * Schema: tables of effects, what they were worked out from, the files that they were written to, and unfinished
 * branches.
 */

export const EFFECT_TABLE = `
-- key: the digest of inputs, which names each value by the states that it is of. content: the table. Both are JSON.
CREATE TABLE effect_table (
  id      INTEGER PRIMARY KEY,
  key     BLOB NOT NULL UNIQUE,
  inputs  INTEGER NOT NULL REFERENCES artifact (id),
  content INTEGER NOT NULL REFERENCES artifact (id)
) STRICT;
CREATE INDEX effect_table_by_content ON effect_table (content);
CREATE INDEX effect_table_by_inputs ON effect_table (inputs);
CREATE TABLE effect_source (
  effect_table INTEGER NOT NULL REFERENCES effect_table (id),
  state        INTEGER NOT NULL REFERENCES state (id),
  PRIMARY KEY (effect_table, state)
) STRICT, WITHOUT ROWID;
CREATE INDEX effect_source_by_state ON effect_source (state);
CREATE TABLE study_effect (
  study        INTEGER NOT NULL REFERENCES study (run),
  position     INTEGER NOT NULL,
  effect_table INTEGER NOT NULL REFERENCES effect_table (id),
  PRIMARY KEY (study, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX study_effect_by_table ON study_effect (effect_table);
-- A file that the tables of a study were written to. digest: of its bytes.
CREATE TABLE effect_file (
  digest BLOB NOT NULL PRIMARY KEY,
  study  INTEGER NOT NULL REFERENCES study (run),
  form   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- The states that a branch has with a seed with which it did not finish.
CREATE TABLE study_branch_state (
  study  INTEGER NOT NULL REFERENCES study (run),
  branch INTEGER NOT NULL REFERENCES name (id),
  seed   INTEGER NOT NULL,
  node   INTEGER NOT NULL REFERENCES name (id),
  state  INTEGER NOT NULL REFERENCES state (id),
  PRIMARY KEY (study, branch, seed, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX study_branch_state_by_state ON study_branch_state (state);
`;

/**
 * Schema: keys that a person has declared to mean a state that is on record. The end of an equivalence and the checks
 * of it are rows of their own, so nothing of it is ever changed or deleted.
 */

export const EQUIVALENCE = `
-- changes: the fields in which the key differs from the state's, as JSON, null for one that it lacks. inputs: those of the key,
-- as JSON; null if they are the state's. relative, ulp: how far the state may be from what the key would give.
CREATE TABLE equivalence (
  id          INTEGER PRIMARY KEY,
  kind        TEXT NOT NULL CHECK (kind IN ('accepted', 'renamed', 'rekeyed')),
  key         BLOB NOT NULL,
  state       INTEGER NOT NULL REFERENCES state (id),
  pipeline    INTEGER NOT NULL REFERENCES name (id),
  source      TEXT NOT NULL,
  node        INTEGER NOT NULL REFERENCES name (id),
  stage       INTEGER NOT NULL REFERENCES name (id),
  code        INTEGER NOT NULL REFERENCES code (id),
  changes     TEXT NOT NULL,
  inputs      TEXT,
  message     TEXT NOT NULL,
  relative    REAL NOT NULL,
  ulp         INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  environment INTEGER NOT NULL REFERENCES environment (id)
) STRICT;
CREATE INDEX equivalence_by_key ON equivalence (key);
CREATE INDEX equivalence_by_state ON equivalence (state);
-- made: the state that was made for the key; null if a person revoked the equivalence, with a message and an environment.
CREATE TABLE equivalence_end (
  equivalence INTEGER PRIMARY KEY REFERENCES equivalence (id),
  at          INTEGER NOT NULL,
  made        INTEGER REFERENCES state (id),
  message     TEXT,
  environment INTEGER REFERENCES environment (id)
) STRICT;
-- What came of executing what the key stands for, compared with the state.
CREATE TABLE equivalence_check (
  id          INTEGER PRIMARY KEY,
  equivalence INTEGER NOT NULL REFERENCES equivalence (id),
  at          INTEGER NOT NULL,
  verdict     TEXT NOT NULL
    CHECK (verdict IN ('same', 'ulp', 'tolerance', 'statistical', 'diverged', 'failed', 'unverifiable')),
  detail      TEXT NOT NULL,
  environment INTEGER NOT NULL REFERENCES environment (id)
) STRICT;
CREATE INDEX equivalence_check_by_equivalence ON equivalence_check (equivalence);
-- program: of the sources and what their imports lead to, apart from how they were linked and printed.
CREATE TABLE code_program (
  code    INTEGER NOT NULL REFERENCES code (id),
  program BLOB NOT NULL,
  schema  INTEGER NOT NULL,
  PRIMARY KEY (program, schema, code)
) STRICT, WITHOUT ROWID;
`;

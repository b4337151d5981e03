/**
 * Schema: keys that a person has declared to mean a state that is on record. The end of an equivalence and the checks of it
 * are rows of their own, so nothing of it is ever changed or deleted.
 */

export const EQUIVALENCE = `
-- fields, inputs: those of the key, as JSON; relative, ulp: how far the state may be from what the key would give.
CREATE TABLE equivalence (
  id          INTEGER PRIMARY KEY,
  kind        TEXT NOT NULL CHECK (kind IN ('accepted', 'renamed')),
  key         BLOB NOT NULL,
  state       INTEGER NOT NULL REFERENCES state (id),
  pipeline    INTEGER NOT NULL REFERENCES name (id),
  source      TEXT NOT NULL,
  node        INTEGER NOT NULL REFERENCES name (id),
  stage       INTEGER NOT NULL REFERENCES name (id),
  code        INTEGER NOT NULL REFERENCES code (id),
  fields      TEXT NOT NULL,
  inputs      TEXT NOT NULL,
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
  verdict     TEXT NOT NULL CHECK (verdict IN ('same', 'ulp', 'tolerance', 'diverged', 'failed', 'unverifiable')),
  detail      TEXT NOT NULL,
  environment INTEGER NOT NULL REFERENCES environment (id)
) STRICT;
CREATE INDEX equivalence_check_by_equivalence ON equivalence_check (equivalence);
`;

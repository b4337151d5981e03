/**
 * Schema: a verdict may be that a result is statistically the same over seeds, and a state may have a trace. SQLite
 * changes a CHECK by a new table.
 */

export const VERIFICATION_SEEDS = `
CREATE TABLE verification_of_state (
  id          INTEGER PRIMARY KEY,
  state       INTEGER NOT NULL REFERENCES state (id),
  at          INTEGER NOT NULL,
  verdict     TEXT NOT NULL
    CHECK (verdict IN ('same', 'ulp', 'tolerance', 'statistical', 'diverged', 'failed', 'unverifiable')),
  detail      TEXT NOT NULL,
  environment INTEGER NOT NULL REFERENCES environment (id)
) STRICT;
INSERT INTO verification_of_state (id, state, at, verdict, detail, environment)
  SELECT id, state, at, verdict, detail, environment FROM verification ORDER BY id;
DROP TABLE verification;
ALTER TABLE verification_of_state RENAME TO verification;
CREATE INDEX verification_by_state ON verification (state);

-- What the attempt that made the state traced, digests without the bytes of large values.
CREATE TABLE state_trace (
  state    INTEGER PRIMARY KEY REFERENCES state (id),
  artifact INTEGER NOT NULL REFERENCES artifact (id)
) STRICT;
`;

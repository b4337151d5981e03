/** Schema: what came of executing states again from the record. A fact about the state, that later answers tell. */

export const VERIFICATION = `
-- detail: what differed, as JSON.
CREATE TABLE verification (
  id          INTEGER PRIMARY KEY,
  state       INTEGER NOT NULL REFERENCES state (id),
  at          INTEGER NOT NULL,
  verdict     TEXT NOT NULL CHECK (verdict IN ('same', 'ulp', 'tolerance', 'diverged', 'failed', 'unverifiable')),
  detail      TEXT NOT NULL,
  environment INTEGER NOT NULL REFERENCES environment (id)
) STRICT;
CREATE INDEX verification_by_state ON verification (state);
`;

/** Schema: what the attempt that made a state reached besides its inputs, as a worker observed it. */

export const STATE_ACCESS = `
-- kind, detail, call and place are interned. A state of which nothing was observed has one row, of the kind 'unobserved'.
CREATE TABLE state_access (
  state    INTEGER NOT NULL REFERENCES state (id),
  kind     INTEGER NOT NULL REFERENCES name (id),
  detail   INTEGER NOT NULL REFERENCES name (id),
  call     INTEGER NOT NULL REFERENCES name (id),
  place    INTEGER REFERENCES name (id),
  declared INTEGER NOT NULL CHECK (declared IN (0, 1)),
  count    INTEGER NOT NULL,
  PRIMARY KEY (state, kind, detail)
) STRICT, WITHOUT ROWID;
-- Nobody observed what the states of earlier versions depend on.
INSERT OR IGNORE INTO name (text) VALUES ('unobserved'), ('');
INSERT INTO state_access (state, kind, detail, call, place, declared, count)
  SELECT s.id, k.id, d.id, d.id, NULL, 0, 0
  FROM state s JOIN name k ON k.text = 'unobserved' JOIN name d ON d.text = '';
`;

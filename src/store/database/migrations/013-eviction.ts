/** Schema: which bytes were evicted, what is pinned so that it never is, and which tags of states a person gave. */

export const EVICTION = `
-- The file of the object store is not there because "restage gc" removed it. Where the file is there, the row means nothing.
CREATE TABLE eviction (
  artifact INTEGER NOT NULL PRIMARY KEY REFERENCES artifact (id),
  at       INTEGER NOT NULL
) STRICT;
CREATE TABLE run_pin (
  run  INTEGER NOT NULL PRIMARY KEY REFERENCES run (id),
  at   INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;
CREATE TABLE state_pin (
  state INTEGER NOT NULL PRIMARY KEY REFERENCES state (id),
  at    INTEGER NOT NULL,
  note  TEXT NOT NULL
) STRICT;
-- given: 1 for a tag of "restage tag"; 0 for one that a pipeline gives to every state of a node.
ALTER TABLE state_tag ADD COLUMN given INTEGER NOT NULL DEFAULT 0;

DROP VIEW artifacts;
CREATE VIEW artifacts AS
SELECT t.state, n.text AS node, o.text AS output, k.text AS kind, nullif(lower(hex(a.digest)), '') AS digest, a.bytes, a.place,
  CASE k.text WHEN 'json' THEN CAST(a.content AS TEXT) END AS json,
  strftime('%Y-%m-%dT%H:%M:%fZ', e.at / 1000.0, 'unixepoch') AS evicted_at
FROM state_output t JOIN name o ON o.id = t.name JOIN name k ON k.id = t.kind JOIN artifact a ON a.id = t.artifact
  JOIN state s ON s.id = t.state JOIN attempt m ON m.id = s.attempt JOIN name n ON n.id = m.node
  LEFT JOIN eviction e ON e.artifact = a.id;
`;

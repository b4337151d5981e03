/**
 * Schema: which outputs were a run's results, so that runs can be compared by them after their pipeline has changed.
 * And a way from an artifact to the states that took it, which may come from files that no state made.
 */

export const RUN_RESULT = `
CREATE TABLE run_result (
  run      INTEGER NOT NULL REFERENCES run (id),
  position INTEGER NOT NULL,
  name     INTEGER NOT NULL REFERENCES name (id),
  node     INTEGER NOT NULL REFERENCES name (id),
  output   INTEGER NOT NULL REFERENCES name (id),
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX state_input_by_artifact ON state_input (artifact);
`;

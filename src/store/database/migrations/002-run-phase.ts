/** Schema 2: what a run does before and around its nodes, such as bundling, so that its time is accounted for. */

export const RUN_PHASE = `
CREATE TABLE run_phase (
  run        INTEGER NOT NULL REFERENCES run (id),
  name       INTEGER NOT NULL REFERENCES name (id),
  started_at INTEGER NOT NULL,
  ended_at   INTEGER NOT NULL,
  PRIMARY KEY (run, started_at, name)
) STRICT, WITHOUT ROWID;
`;

/** Schema: studies, which run each branch with each seed is, and which run another one was branched off. */

export const STUDY = `
-- run: the run that made the states of all branches. definition: the branches, seeds and metrics, as JSON.
CREATE TABLE study (
  run        INTEGER NOT NULL PRIMARY KEY REFERENCES run (id),
  name       INTEGER NOT NULL REFERENCES name (id),
  definition TEXT NOT NULL
) STRICT;
CREATE INDEX study_by_name ON study (name);
-- run: null where a node did not finish. missing: the names of these nodes, as JSON.
CREATE TABLE study_branch (
  study   INTEGER NOT NULL REFERENCES study (run),
  branch  INTEGER NOT NULL REFERENCES name (id),
  seed    INTEGER NOT NULL,
  run     INTEGER REFERENCES run (id),
  missing TEXT NOT NULL,
  PRIMARY KEY (study, branch, seed)
) STRICT, WITHOUT ROWID;
CREATE INDEX study_branch_by_run ON study_branch (run);
-- node: the one whose state was branched off; null for the complete run.
CREATE TABLE run_origin (
  run    INTEGER NOT NULL PRIMARY KEY REFERENCES run (id),
  parent INTEGER NOT NULL REFERENCES run (id),
  node   INTEGER REFERENCES name (id)
) STRICT;
CREATE INDEX run_origin_by_parent ON run_origin (parent);
`;

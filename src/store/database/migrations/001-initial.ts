/**
 * Schema 1. What happened (run, visit, attempt, metric, log_line), what it means (state and its fields, inputs, plan
 * keys) and what it made (artifact) are apart. Digests are 32-byte BLOBs; names and repeated values are interned; rows
 * refer to each other by id.
 */

export const INITIAL = `
CREATE TABLE name (
  id   INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

-- Immutable bytes. Small ones are here; larger ones are files of the object store; 'external' ones were never ours.
CREATE TABLE artifact (
  id      INTEGER PRIMARY KEY,
  digest  BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  bytes   INTEGER NOT NULL,
  place   TEXT NOT NULL CHECK (place IN ('inline', 'object', 'external')),
  content BLOB CHECK ((content IS NOT NULL) = (place = 'inline'))
) STRICT;

-- A stage's code as it was: the bundle that was hashed and executed, and the sources that it was made from.
CREATE TABLE code (
  id          INTEGER PRIMARY KEY,
  digest      BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  stage       INTEGER NOT NULL REFERENCES name (id),
  module      TEXT NOT NULL,
  export      TEXT NOT NULL,
  bundle      INTEGER NOT NULL REFERENCES artifact (id),
  recorded_at INTEGER NOT NULL
) STRICT;
CREATE TABLE code_source (
  code     INTEGER NOT NULL REFERENCES code (id),
  path     TEXT NOT NULL,
  artifact INTEGER NOT NULL REFERENCES artifact (id),
  PRIMARY KEY (code, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE state (
  id      INTEGER PRIMARY KEY,
  key     BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
  stage   INTEGER NOT NULL REFERENCES name (id),
  code    INTEGER NOT NULL REFERENCES code (id),
  -- The attempt that made it, how long that took, and how many outputs are in the object store.
  attempt INTEGER NOT NULL REFERENCES attempt (id) DEFERRABLE INITIALLY DEFERRED,
  seconds REAL NOT NULL,
  objects INTEGER NOT NULL
) STRICT;
CREATE INDEX state_by_stage ON state (stage);
-- Interned with its preview: a secret that an env field only says to be set may be the value of a parameter as well.
CREATE TABLE field_value (
  id      INTEGER PRIMARY KEY,
  digest  BLOB NOT NULL CHECK (length(digest) = 32),
  preview TEXT NOT NULL,
  UNIQUE (digest, preview)
) STRICT;
CREATE TABLE state_field (
  state INTEGER NOT NULL REFERENCES state (id),
  name  INTEGER NOT NULL REFERENCES name (id),
  value INTEGER NOT NULL REFERENCES field_value (id),
  PRIMARY KEY (state, name)
) STRICT, WITHOUT ROWID;
-- position: 0.. in a slot that takes many, -1 otherwise. producer is null for an external file, whose path is then told.
CREATE TABLE state_input (
  state    INTEGER NOT NULL REFERENCES state (id),
  slot     INTEGER NOT NULL REFERENCES name (id),
  position INTEGER NOT NULL,
  artifact INTEGER NOT NULL REFERENCES artifact (id),
  producer INTEGER REFERENCES state (id),
  output   INTEGER REFERENCES name (id),
  path     TEXT,
  PRIMARY KEY (state, slot, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX state_input_by_producer ON state_input (producer) WHERE producer IS NOT NULL;
CREATE TABLE state_output (
  state    INTEGER NOT NULL REFERENCES state (id),
  name     INTEGER NOT NULL REFERENCES name (id),
  kind     INTEGER NOT NULL REFERENCES name (id),
  artifact INTEGER NOT NULL REFERENCES artifact (id),
  PRIMARY KEY (state, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX state_output_by_artifact ON state_output (artifact);
CREATE TABLE plan_key (
  key   BLOB NOT NULL PRIMARY KEY CHECK (length(key) = 32),
  state INTEGER NOT NULL REFERENCES state (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE environment (
  id     INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  facts  TEXT NOT NULL
) STRICT;
CREATE TABLE run (
  id          INTEGER PRIMARY KEY,
  pipeline    INTEGER NOT NULL REFERENCES name (id),
  source      TEXT NOT NULL,
  argv        TEXT NOT NULL,
  params      TEXT NOT NULL,
  seed        INTEGER NOT NULL,
  backend     TEXT NOT NULL,
  jobs        INTEGER NOT NULL,
  git_commit  TEXT,
  git_dirty   INTEGER,
  environment INTEGER NOT NULL REFERENCES environment (id),
  owner       TEXT NOT NULL,
  started_at  INTEGER NOT NULL
) STRICT;
-- Apart from run, so that rows are only ever inserted: a run without an end is running, or was killed.
CREATE TABLE run_end (
  run      INTEGER PRIMARY KEY REFERENCES run (id),
  ended_at INTEGER NOT NULL,
  outcome  TEXT NOT NULL CHECK (outcome IN ('ok', 'failed', 'interrupted'))
) STRICT;
CREATE TABLE visit (
  run     INTEGER NOT NULL REFERENCES run (id),
  node    INTEGER NOT NULL REFERENCES name (id),
  outcome INTEGER NOT NULL REFERENCES visit_outcome (id),
  state   INTEGER REFERENCES state (id),
  PRIMARY KEY (run, node)
) STRICT, WITHOUT ROWID;
CREATE TABLE visit_outcome (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO visit_outcome (id, name) VALUES (1, 'hit'), (2, 'cut-off'), (3, 'ran'), (4, 'failed'), (5, 'skipped');
-- Why a node did not simply hit: the reason that was planned, or the failure that it was skipped for.
CREATE TABLE visit_reason (
  run    INTEGER NOT NULL,
  node   INTEGER NOT NULL,
  reason INTEGER NOT NULL REFERENCES name (id),
  PRIMARY KEY (run, node),
  FOREIGN KEY (run, node) REFERENCES visit (run, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_by_state ON visit (state) WHERE outcome IN (2, 3);

CREATE TABLE attempt (
  id         INTEGER PRIMARY KEY,
  run        INTEGER NOT NULL REFERENCES run (id),
  node       INTEGER NOT NULL REFERENCES name (id),
  number     INTEGER NOT NULL,
  worker     INTEGER NOT NULL REFERENCES name (id),
  started_at INTEGER NOT NULL
) STRICT;
-- compute: backend, its version and its device, as they described themselves.
CREATE TABLE attempt_end (
  attempt     INTEGER PRIMARY KEY REFERENCES attempt (id),
  ended_at    INTEGER NOT NULL,
  compute     INTEGER REFERENCES name (id),
  cpu_seconds REAL,
  peak_bytes  INTEGER
) STRICT;
CREATE INDEX attempt_by_run ON attempt (run);
CREATE TABLE attempt_failure (
  attempt   INTEGER PRIMARY KEY REFERENCES attempt (id),
  class     TEXT NOT NULL CHECK (class IN ('error', 'crash', 'oom', 'timeout', 'cancelled')),
  message   TEXT NOT NULL,
  stack     TEXT,
  exit_code INTEGER,
  signal    TEXT
) STRICT;
CREATE TABLE metric (
  attempt  INTEGER NOT NULL REFERENCES attempt (id),
  sequence INTEGER NOT NULL,
  name     INTEGER NOT NULL REFERENCES name (id),
  step     INTEGER,
  value    REAL NOT NULL,
  PRIMARY KEY (attempt, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE log_line (
  attempt  INTEGER NOT NULL REFERENCES attempt (id),
  sequence INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  stream   TEXT NOT NULL CHECK (stream IN ('log', 'stdout', 'stderr')),
  text     TEXT NOT NULL,
  PRIMARY KEY (attempt, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE state_tag (
  state INTEGER NOT NULL REFERENCES state (id),
  tag   INTEGER NOT NULL REFERENCES name (id),
  at    INTEGER NOT NULL,
  PRIMARY KEY (state, tag)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_tag (
  run INTEGER NOT NULL REFERENCES run (id),
  tag INTEGER NOT NULL REFERENCES name (id),
  at  INTEGER NOT NULL,
  PRIMARY KEY (run, tag)
) STRICT, WITHOUT ROWID;

-- Who is making which state at this moment. The owner tells boot, process and its start, so that a dead one is known.
CREATE TABLE lease (
  key       BLOB NOT NULL PRIMARY KEY CHECK (length(key) = 32),
  owner     TEXT NOT NULL,
  heartbeat INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Things that can be worked out again and take time: digests of files by their stat, compiled definitions.
CREATE TABLE file_memo (
  path      TEXT NOT NULL PRIMARY KEY,
  size      INTEGER NOT NULL,
  mtime_ns  INTEGER NOT NULL,
  ctime_ns  INTEGER NOT NULL,
  inode     INTEGER NOT NULL,
  hashed_at INTEGER NOT NULL,
  digest    BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT, WITHOUT ROWID;
CREATE TABLE memo (
  key     BLOB NOT NULL PRIMARY KEY CHECK (length(key) = 32),
  kind    TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  value   BLOB NOT NULL
) STRICT;
CREATE INDEX memo_by_age ON memo (kind, made_at);
`;

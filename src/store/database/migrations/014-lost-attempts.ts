/**
 * Schema: an attempt elsewhere may be lost, with its host. Copied twice and not renamed: views name the table, and
 * SQLite checks them when another table takes its name.
 */

export const LOST_ATTEMPTS = `
CREATE TABLE kept_failure AS SELECT attempt, class, message, stack, exit_code, signal FROM attempt_failure;
DROP TABLE attempt_failure;
CREATE TABLE attempt_failure (
  attempt   INTEGER PRIMARY KEY REFERENCES attempt (id),
  class     TEXT NOT NULL CHECK (class IN ('error', 'crash', 'oom', 'timeout', 'cancelled', 'lost')),
  message   TEXT NOT NULL,
  stack     TEXT,
  exit_code INTEGER,
  signal    TEXT
) STRICT;
INSERT INTO attempt_failure (attempt, class, message, stack, exit_code, signal)
  SELECT attempt, class, message, stack, exit_code, signal FROM kept_failure ORDER BY attempt;
DROP TABLE kept_failure;
`;

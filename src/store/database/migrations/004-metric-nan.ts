/**
 * Schema: a metric may be NaN. SQLite keeps infinities and has no NaN, which it turns into NULL: so NULL stands for it.
 * Functions such as avg and max pass over it.
 */

export const METRIC_NAN = `
CREATE TABLE metric_or_nan (
  attempt  INTEGER NOT NULL REFERENCES attempt (id),
  sequence INTEGER NOT NULL,
  name     INTEGER NOT NULL REFERENCES name (id),
  step     INTEGER,
  value    REAL,
  PRIMARY KEY (attempt, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO metric_or_nan (attempt, sequence, name, step, value)
  SELECT attempt, sequence, name, step, value FROM metric ORDER BY attempt, sequence;
DROP TABLE metric;
ALTER TABLE metric_or_nan RENAME TO metric;
`;

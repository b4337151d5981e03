/**
 * Schema: views of the record under plain names, for questions of one's own. `store/query/views.ts` says what their
 * columns mean. Their names and columns stay. A later migration that makes one of the tables again drops the views
 * first and makes them again. They use no syntax newer than SQLite 3.38: an older `sqlite3` could not open the file at
 * all.
 */

/** An SQL expression: milliseconds since 1970 as `2026-11-29T06:13:10.123Z`. */
function iso(milliseconds: string): string {
  return `strftime('%Y-%m-%dT%H:%M:%fZ', ${milliseconds} / 1000.0, 'unixepoch')`;
}

/** An SQL expression: a BLOB as the digits that restage shows, null for null. */
function digits(blob: string): string {
  return `nullif(lower(hex(${blob})), '')`;
}

/** An SQL expression: the tags of a row as a JSON array, in the order of the alphabet. */
function tags(of: 'run' | 'state', id: string): string {
  return `(SELECT json_group_array(text) FROM (SELECT n.text FROM ${of}_tag t JOIN name n ON n.id = t.tag
    WHERE t.${of} = ${id} ORDER BY n.text))`;
}

/** What the view of runs shows, for a migration that makes it again. */
export const RUNS = `SELECT r.id AS run, p.text AS pipeline, r.source, ${iso('r.started_at')} AS started_at, ${iso('e.ended_at')} AS ended_at,
  (e.ended_at - r.started_at) / 1000.0 AS seconds, e.outcome, r.seed, r.backend, r.jobs, r.git_commit, r.git_dirty,
  r.argv AS command, ${tags('run', 'r.id')} AS tags,
  coalesce(
    (SELECT n.text FROM study_branch b JOIN study s ON s.run = b.study JOIN name n ON n.id = s.name
     WHERE b.run = r.id ORDER BY b.study DESC LIMIT 1),
    (SELECT n.text FROM study s JOIN name n ON n.id = s.name WHERE s.run = r.id)) AS experiment,
  (SELECT n.text FROM study_branch b JOIN name n ON n.id = b.branch
   WHERE b.run = r.id ORDER BY b.study DESC LIMIT 1) AS branch,
  (SELECT o.parent FROM run_origin o WHERE o.run = r.id) AS parent
FROM run r JOIN name p ON p.id = r.pipeline LEFT JOIN run_end e ON e.run = r.id`;

export const VIEWS_FOR_QUESTIONS = `
CREATE VIEW runs AS
${RUNS};

CREATE VIEW nodes AS
SELECT v.run, n.text AS node, o.name AS outcome, q.text AS reason, v.state, ${digits('s.key')} AS key, g.text AS stage,
  s.seconds,
  CASE o.name WHEN 'failed' THEN
    (SELECT f.message FROM attempt a JOIN attempt_failure f ON f.attempt = a.id
     WHERE a.run = v.run AND a.node = v.node ORDER BY a.number DESC LIMIT 1) END AS error
FROM visit v JOIN name n ON n.id = v.node JOIN visit_outcome o ON o.id = v.outcome
  LEFT JOIN visit_reason w ON w.run = v.run AND w.node = v.node LEFT JOIN name q ON q.id = w.reason
  LEFT JOIN state s ON s.id = v.state LEFT JOIN name g ON g.id = s.stage;

CREATE VIEW states AS
SELECT s.id AS state, ${digits('s.key')} AS key, g.text AS stage, n.text AS node, a.run, ${iso('e.ended_at')} AS made_at,
  s.seconds, e.cpu_seconds, e.peak_bytes, c.text AS compute, ${digits('k.digest')} AS code, ${tags('state', 's.id')} AS tags
FROM state s JOIN name g ON g.id = s.stage JOIN attempt a ON a.id = s.attempt JOIN name n ON n.id = a.node
  JOIN code k ON k.id = s.code LEFT JOIN attempt_end e ON e.attempt = a.id LEFT JOIN name c ON c.id = e.compute;

-- json_tree quotes the names that are not plain letters and digits. What is inside an array is part of the array's value.
CREATE VIEW params AS
SELECT r.id AS run, replace(substr(t.fullkey, 3), '"', '') AS name, t.type, t.value
FROM run r, json_tree(r.params) t
WHERE t.type <> 'object' AND typeof(t.key) = 'text' AND instr(t.path, '[') = 0;

CREATE VIEW metrics AS
SELECT v.run, n.text AS node, o.name AS outcome, v.state, w.text AS metric, m.sequence, m.step, m.value
FROM visit v CROSS JOIN state s ON s.id = v.state CROSS JOIN metric m ON m.attempt = s.attempt
  JOIN name n ON n.id = v.node JOIN visit_outcome o ON o.id = v.outcome JOIN name w ON w.id = m.name;

CREATE VIEW artifacts AS
SELECT t.state, n.text AS node, o.text AS output, k.text AS kind, ${digits('a.digest')} AS digest, a.bytes, a.place,
  CASE k.text WHEN 'json' THEN CAST(a.content AS TEXT) END AS json
FROM state_output t JOIN name o ON o.id = t.name JOIN name k ON k.id = t.kind JOIN artifact a ON a.id = t.artifact
  JOIN state s ON s.id = t.state JOIN attempt m ON m.id = s.attempt JOIN name n ON n.id = m.node;

CREATE VIEW lineage AS
SELECT i.state, n.text AS node, l.text AS input, nullif(i.position, -1) AS position, ${digits('a.digest')} AS digest, a.bytes,
  i.producer, pn.text AS producer_node, o.text AS output, i.path
FROM state_input i JOIN name l ON l.id = i.slot JOIN artifact a ON a.id = i.artifact
  JOIN state s ON s.id = i.state JOIN attempt m ON m.id = s.attempt JOIN name n ON n.id = m.node
  LEFT JOIN state ps ON ps.id = i.producer LEFT JOIN attempt pm ON pm.id = ps.attempt LEFT JOIN name pn ON pn.id = pm.node
  LEFT JOIN name o ON o.id = i.output;
`;

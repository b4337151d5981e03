/**
 * The tables that travel with a slice of the record, and which of their rows belong to a row of another one. What a row
 * refers to comes along by its foreign keys.
 *
 * Facts that others may add later (tags, verifications, studies) come along only where they are asked for: without
 * them, the same states are always the same slice. What serves restage itself (leases, memos, plan keys) is always left
 * behind.
 */

/** In the order in which they are written. */
export const TABLES = [
  'name',
  'artifact',
  'environment',
  'code',
  'code_source',
  'code_program',
  'run',
  'run_end',
  'run_phase',
  'run_result',
  'run_origin',
  'attempt',
  'attempt_end',
  'attempt_failure',
  'metric',
  'log_line',
  'state',
  'field_value',
  'state_field',
  'state_access',
  'state_input',
  'state_output',
  'state_trace',
  'visit',
  'visit_reason',
  'equivalence',
  'equivalence_end',
  'equivalence_check',
  'verification',
  'study',
  'study_branch',
  'study_branch_state',
  'effect_table',
  'effect_source',
  'study_effect',
  'effect_file',
  'run_tag',
  'state_tag',
] as const;

export type SliceTable = (typeof TABLES)[number];

/** The migrations fill these themselves. */
export const FILLED_TABLES: ReadonlySet<string> = new Set(['visit_outcome']);

/** The column of a table by which its rows belong to a row, by id, of another table. */
export const BELONGING: readonly (readonly [table: SliceTable, column: string, owner: SliceTable])[] = [
  ['code_source', 'code', 'code'],
  ['code_program', 'code', 'code'],
  ['run_end', 'run', 'run'],
  ['run_phase', 'run', 'run'],
  ['attempt_end', 'attempt', 'attempt'],
  ['attempt_failure', 'attempt', 'attempt'],
  ['metric', 'attempt', 'attempt'],
  ['log_line', 'attempt', 'attempt'],
  ['state_field', 'state', 'state'],
  ['state_access', 'state', 'state'],
  ['state_input', 'state', 'state'],
  ['state_output', 'state', 'state'],
  ['state_trace', 'state', 'state'],
];

/**
 * Rows that belong to several, once these are known; `@runs` is the list of runs, `@states` that of states, as JSON. An
 * equivalence that ended with a state which stays behind is over, and stays behind as well.
 */
export const BETWEEN: readonly (readonly [table: SliceTable, where: string])[] = [
  ['visit', 'run IN (SELECT value FROM json_each(@runs)) AND state IN (SELECT value FROM json_each(@states))'],
  [
    'run_result',
    `run IN (SELECT value FROM json_each(@runs)) AND EXISTS (
       SELECT 1 FROM visit WHERE visit.run = run_result.run AND visit.node = run_result.node
         AND visit.state IN (SELECT value FROM json_each(@states)))`,
  ],
  [
    'visit_reason',
    `run IN (SELECT value FROM json_each(@runs)) AND EXISTS (
       SELECT 1 FROM visit WHERE visit.run = visit_reason.run AND visit.node = visit_reason.node
         AND visit.state IN (SELECT value FROM json_each(@states)))`,
  ],
  ['run_origin', 'run IN (SELECT value FROM json_each(@runs)) AND parent IN (SELECT value FROM json_each(@runs))'],
  [
    'equivalence',
    `state IN (SELECT value FROM json_each(@states)) AND NOT EXISTS (
       SELECT 1 FROM equivalence_end e
       WHERE e.equivalence = equivalence.id AND e.made NOT IN (SELECT value FROM json_each(@states)))`,
  ],
  [
    'equivalence_end',
    `equivalence IN (SELECT id FROM equivalence WHERE state IN (SELECT value FROM json_each(@states)))
       AND (made IS NULL OR made IN (SELECT value FROM json_each(@states)))`,
  ],
];

/** All that a run did, also about nodes that have no state. `@runs` is the list of runs. */
export const OF_WHOLE_RUNS: readonly (readonly [table: SliceTable, where: string])[] = [
  ['visit', 'run IN (SELECT value FROM json_each(@runs))'],
  ['visit_reason', 'run IN (SELECT value FROM json_each(@runs))'],
  ['run_result', 'run IN (SELECT value FROM json_each(@runs))'],
  ['attempt', 'run IN (SELECT value FROM json_each(@runs))'],
];

/** The studies of runs that are complete in the slice. `@wholeRuns` is the list of these. */
export const OF_STUDIES: readonly (readonly [table: SliceTable, where: string])[] = [
  ['study', 'run IN (SELECT value FROM json_each(@wholeRuns))'],
  ['study_branch', 'study IN (SELECT value FROM json_each(@wholeRuns))'],
  ['study_branch_state', 'study IN (SELECT value FROM json_each(@wholeRuns))'],
  ['study_effect', 'study IN (SELECT value FROM json_each(@wholeRuns))'],
  ['effect_file', 'study IN (SELECT value FROM json_each(@wholeRuns))'],
  [
    'effect_source',
    'effect_table IN (SELECT effect_table FROM study_effect WHERE study IN (SELECT value FROM json_each(@wholeRuns)))',
  ],
];

/** What was added later to what the slice has by then. */
export const ADDED_LATER: readonly (readonly [table: SliceTable, where: string])[] = [
  ['run_tag', 'run IN (SELECT value FROM json_each(@wholeRuns))'],
  ['state_tag', 'state IN (SELECT value FROM json_each(@states))'],
  ['verification', 'state IN (SELECT value FROM json_each(@states))'],
  ['equivalence_check', 'equivalence IN (SELECT value FROM json_each(@equivalences))'],
];

/**
 * What the views of the record are, column by column: the names that stay. A column is never renamed or removed, and
 * never changes its meaning; new ones may come at the end. docs/record.md and `restage sql` show this list, and tests
 * hold both and the schema against it.
 */

export interface View {
  readonly name: string;
  /** What a row is. */
  readonly about: string;
  readonly columns: readonly ViewColumn[];
}

export type ViewColumn = readonly [name: string, type: 'INTEGER' | 'REAL' | 'TEXT' | 'ANY', meaning: string];

const STATE: ViewColumn = ['state', 'INTEGER', 'the number of the state'];

export const VIEWS: readonly View[] = [
  {
    name: 'runs',
    about: 'One call of restage run, or a branch of an experiment with one seed. Removed runs are not among them.',
    columns: [
      ['run', 'INTEGER', 'its number'],
      ['pipeline', 'TEXT', 'the name of the pipeline'],
      ['source', 'TEXT', "the pipeline's file"],
      ['started_at', 'TEXT', 'when it began'],
      ['ended_at', 'TEXT', 'when it ended; null while it runs, and if it was killed'],
      ['seconds', 'REAL', 'from its beginning to its end'],
      [
        'outcome',
        'TEXT',
        '`ok`, `failed` or `interrupted` (also of a run that was detached: nodes of it have the reason `goes on elsewhere`); null while it runs, and if it was killed',
      ],
      ['seed', 'INTEGER', 'its seed'],
      ['backend', 'TEXT', 'what computed, or `none`'],
      ['jobs', 'INTEGER', 'worker processes at once'],
      ['git_commit', 'TEXT', 'the commit of the project, or null'],
      ['git_dirty', 'INTEGER', '1 if the project differed from that commit, 0 if not, or null'],
      ['command', 'TEXT', 'the command line, as a JSON array of words'],
      ['tags', 'TEXT', 'its tags, as a JSON array'],
      ['experiment', 'TEXT', 'the experiment that it belongs to, or null'],
      ['branch', 'TEXT', 'the branch of the experiment that it is, or null'],
      ['parent', 'INTEGER', 'the run that it was branched off, or null'],
    ],
  },
  {
    name: 'nodes',
    about: 'What a run did about a node.',
    columns: [
      ['run', 'INTEGER', 'the run'],
      ['node', 'TEXT', 'the node, such as `fit@fold=3`'],
      ['outcome', 'TEXT', '`hit`, `cut-off` (unchanged: early cutoff), `ran`, `failed` or `skipped`'],
      [
        'reason',
        'TEXT',
        'why it was not a hit, or who made or accepted the state; of a skipped one the node that failed (`fit failed`), `interrupted`, or in a detached run `goes on elsewhere` or `left to the next run` (never begun); else null',
      ],
      ['state', 'INTEGER', 'the number of its state, or null'],
      ['key', 'TEXT', 'the cache key of the state, 64 digits'],
      ['stage', 'TEXT', 'the stage of the state'],
      ['seconds', 'REAL', 'how long making the state took, whenever that was'],
      ['error', 'TEXT', 'of a node that failed: what its last attempt said'],
    ],
  },
  {
    name: 'states',
    about: 'The result of a node, made once.',
    columns: [
      ['state', 'INTEGER', 'its number in this cache, by which the views are joined'],
      ['key', 'TEXT', 'its cache key, 64 digits'],
      ['stage', 'TEXT', 'the stage'],
      ['node', 'TEXT', 'the node that made it'],
      ['run', 'INTEGER', 'the run that made it'],
      ['made_at', 'TEXT', 'when it was made'],
      ['seconds', 'REAL', 'how long that took'],
      ['cpu_seconds', 'REAL', 'processor time of that, or null'],
      ['peak_bytes', 'INTEGER', 'peak memory of the worker, or null'],
      ['compute', 'TEXT', 'the backend, its version and its device, or null'],
      ['code', 'TEXT', "digest of the stage's code, 64 digits"],
      ['tags', 'TEXT', 'its tags, as a JSON array'],
    ],
  },
  {
    name: 'params',
    about: 'A parameter of a run: one that is not a group of parameters.',
    columns: [
      ['run', 'INTEGER', 'the run'],
      ['name', 'TEXT', 'its path, such as `train.epochs`'],
      ['type', 'TEXT', '`integer`, `real`, `text`, `true`, `false`, `null` or `array`'],
      ['value', 'ANY', 'its value; 1 for true, 0 for false, and JSON for an array'],
    ],
  },
  {
    name: 'metrics',
    about: 'A number that a node of a run recorded; of a hit, as the execution recorded it that made the state.',
    columns: [
      ['run', 'INTEGER', 'the run'],
      ['node', 'TEXT', 'the node'],
      ['outcome', 'TEXT', 'what the run did about the node; `ran` if it was recorded in this run'],
      STATE,
      ['metric', 'TEXT', 'the name of the metric'],
      ['sequence', 'INTEGER', '0, 1, ... in the order of recording'],
      ['step', 'INTEGER', 'as the stage gave it, or null'],
      ['value', 'REAL', 'the number, or an infinity; null is NaN'],
    ],
  },
  {
    name: 'artifacts',
    about: 'An output of a state.',
    columns: [
      STATE,
      ['node', 'TEXT', 'the node that made it'],
      ['output', 'TEXT', 'the name of the output'],
      ['kind', 'TEXT', 'its codec: `json`, `table`, ...'],
      ['digest', 'TEXT', 'SHA-256 of its bytes, 64 digits'],
      ['bytes', 'INTEGER', 'its length'],
      ['place', 'TEXT', '`inline` (in the database) or `object` (a file of `cache/objects/`)'],
      ['json', 'TEXT', 'of a JSON output that is inline: its content'],
      ['evicted_at', 'TEXT', 'when `restage gc` evicted its bytes, or null'],
    ],
  },
  {
    name: 'lineage',
    about: 'An input of a state: where it came from.',
    columns: [
      STATE,
      ['node', 'TEXT', 'the node that made it'],
      ['input', 'TEXT', 'the name of the input'],
      ['position', 'INTEGER', '0, 1, ... in an input that takes a list, else null'],
      ['digest', 'TEXT', 'SHA-256 of the bytes, 64 digits'],
      ['bytes', 'INTEGER', 'how many they are'],
      ['producer', 'INTEGER', 'the number of the state that made them; null for a file'],
      ['producer_node', 'TEXT', 'the node that made that state'],
      ['output', 'TEXT', "the name of that state's output"],
      ['path', 'TEXT', "a file's path or address, else null"],
    ],
  },
];

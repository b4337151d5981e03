/**
 * The command line as plain data: every verb with its positionals and options. The quick reader, the commander program
 * and the help text are three readers of this one table, so that they cannot disagree. It imports nothing.
 */
import type { Io } from './io/io.ts';

export interface Positional {
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
  /** Takes all that follow; only the last one. */
  readonly many?: boolean;
}

export interface Option {
  /** Without the dashes: `fail-fast`. */
  readonly long: string;
  /** One letter. */
  readonly short?: string;
  /** What its value is called in the help text; a flag has none. */
  readonly value?: string;
  /** May be given several times. */
  readonly many?: boolean;
  /** Where the value is one of a few words. */
  readonly choices?: readonly string[];
  readonly help: string;
}

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly Positional[];
  readonly options: readonly Option[];
  readonly examples: readonly string[];
  /** What it is called by people who come from elsewhere. */
  readonly also?: readonly string[];
}

/** What was asked for, in strings: whoever uses a value says what is wrong with it. */
export interface Invocation {
  readonly verb: string;
  readonly positionals: readonly string[];
  /** By long name: true for a flag, a string for a value, a list where it may be given several times. */
  readonly options: Readonly<Record<string, true | string | readonly string[]>>;
}

const PIPELINE: Positional = {
  name: 'pipeline',
  help: 'a folder with an index file, or a file, whose default export is a pipeline; default: the working directory',
  optional: true,
};
const TARGETS: Positional = {
  name: 'targets',
  help: 'nodes (train-fold@fold=3), stages (train-fold) or outputs (score.score); default: everything',
  optional: true,
  many: true,
};

/** Every verb has these. */
const COMMON: readonly Option[] = [
  { long: 'cache', value: 'DIR', help: 'the cache directory; default: cache/ beside the nearest package.json' },
  { long: 'json', help: 'machine-readable output' },
  { long: 'debug', help: 'show the stack trace of an error' },
];

/** What decides which states a pipeline means. */
const IDENTITY: readonly Option[] = [
  { long: 'set', short: 'S', value: 'path=value', many: true, help: 'set a parameter of the pipeline' },
  { long: 'backend', value: 'NAME', help: 'what computes, or auto' },
  { long: 'device', value: 'DEVICE', help: 'where it computes: cpu, gpu (gpu:N for one of them) or auto' },
  { long: 'seed', value: 'N', help: 'the seed of every random stream; default 0' },
];

const SELECTION: readonly Option[] = [
  { long: 'only', value: 'NODE', many: true, help: 'these alone: what they need must be in the cache' },
  { long: 'until', value: 'NODE', many: true, help: 'these and what they need' },
  { long: 'force', short: 'f', help: 'run the targets even if their results are there' },
];

/** How a run is told, by the verbs that tell of one. */
const REPORTING: readonly Option[] = [
  {
    long: 'reporter',
    value: 'NAME',
    choices: ['ink', 'plain', 'json'],
    help: 'how to tell what happens: ink (a view, the default on a terminal), plain lines, or json (one event a line)',
  },
  { long: 'verbose', short: 'v', help: 'show every log line of the stages' },
];

/** What a verb's handler is called with. */
export interface Call extends Invocation {
  /** The whole command line, without the name of the command. */
  readonly argv: readonly string[];
  readonly io: Io;
}

export const VERBS: readonly Verb[] = [
  {
    name: 'run',
    summary: 'run what is not up to date',
    positionals: [PIPELINE, TARGETS],
    options: [
      ...IDENTITY,
      ...SELECTION,
      { long: 'jobs', short: 'j', value: 'N', help: 'how many workers at once; default: the number of cores' },
      { long: 'dry-run', short: 'n', help: 'say what would run, and run nothing (as plan)' },
      { long: 'fail-fast', help: 'stop after the first failure' },
      { long: 'max-failures', value: 'N', help: 'stop after N failures; default: keep going with what can go on' },
      { long: 'pool', value: 'name=N', many: true, help: 'the size of a named pool' },
      ...REPORTING,
      ...COMMON,
    ],
    examples: ['restage run pipelines/higgs', 'restage run pipelines/higgs score -S cut.topPercent=5 -j 4'],
    also: ['start', 'exec', 'execute', 'make', 'build', 'repro', 'resume', 'go'],
  },
  {
    name: 'plan',
    summary: 'say what would run, and why',
    positionals: [PIPELINE, TARGETS],
    options: [...IDENTITY, ...SELECTION, { long: 'full', help: 'one line for every node' }, ...COMMON],
    examples: ['restage plan pipelines/higgs -S train.learningRatePeak=0.02'],
    also: ['preview', 'dry-run', 'dryrun'],
  },
  {
    name: 'status',
    summary: 'how much of each stage is up to date; --watch follows a run',
    positionals: [PIPELINE, TARGETS],
    options: [
      ...IDENTITY,
      { long: 'check', help: 'exit with 3 if anything is not up to date' },
      {
        long: 'watch',
        help: 'follow the newest run in progress (of the pipeline, if one is named), and exit as it does; Ctrl-C leaves it alone',
      },
      ...REPORTING,
      ...COMMON,
    ],
    examples: ['restage status pipelines/higgs --check', 'restage status --watch'],
    also: ['st', 'stat', 'state'],
  },
  {
    name: 'log',
    summary: 'list the runs, or tell about one of them, or show the log of a node',
    positionals: [{ name: 'run|node', help: 'a run (12 or run:12), or a node', optional: true }],
    options: [
      { long: 'run', value: 'N', help: 'with a node: in this run; default: its latest attempt' },
      { long: 'limit', value: 'N', help: 'how many runs to list; default 20' },
      { long: 'tag', value: 'NAME', help: 'only runs with this tag' },
      ...COMMON,
    ],
    examples: ['restage log', 'restage log 12', 'restage log train-fold@fold=3'],
    also: ['logs', 'ls', 'list', 'history', 'runs'],
  },
  {
    name: 'show',
    summary: 'everything on record about a state, node, run or artifact; the parameters and stages of a pipeline',
    positionals: [
      {
        name: 'what',
        help: 'a node, an output (score.score), a digest (8 characters will do), run:N or a tag; or a pipeline',
      },
      { name: 'node', help: 'a node of that pipeline, as it is defined now', optional: true },
    ],
    options: [...IDENTITY, ...COMMON],
    examples: ['restage show score', 'restage show 3fa9c1d2', 'restage show run:12', 'restage show pipelines/higgs'],
    also: ['info', 'inspect', 'describe', 'view'],
  },
  {
    name: 'get',
    summary: 'get an output out of the cache',
    positionals: [
      {
        name: 'what',
        help: 'an output (score.score) or the digest of an artifact; or a pipeline, before an output',
      },
      { name: 'output', help: 'an output of that pipeline, as it is defined now', optional: true },
    ],
    options: [
      { long: 'output', short: 'o', value: 'FILE', help: 'where to write it; JSON and text may go to the terminal' },
      { long: 'csv', help: 'a table as CSV; a file that ends in .csv says so too' },
      { long: 'parquet', help: 'a table as Parquet; a file that ends in .parquet says so too' },
      ...IDENTITY,
      ...COMMON,
    ],
    examples: [
      'restage get pipelines/higgs score.score',
      'restage get ensemble.networks -o networks.bin',
      'restage get preprocess.features -o features.parquet',
    ],
    also: ['cat', 'output', 'out', 'export', 'extract', 'checkout'],
  },
  {
    name: 'graph',
    summary: 'draw the pipeline',
    positionals: [PIPELINE],
    options: [
      { long: 'format', value: 'NAME', choices: ['dot', 'mermaid', 'svg'], help: 'dot, mermaid or svg; default dot' },
      { long: 'output', short: 'o', value: 'FILE', help: 'where to write it; its ending tells the format' },
      { long: 'full', help: 'every node, instead of one box for the instances of a stage' },
      ...IDENTITY,
      ...COMMON,
    ],
    examples: ['restage graph pipelines/higgs -o higgs.svg'],
    also: ['dag', 'draw', 'plot', 'viz', 'visualize'],
  },
  {
    name: 'tag',
    summary: 'give a run or a state a name, or list the names',
    positionals: [
      { name: 'what', help: 'run:N, a digest of a state, or a node (its latest state)', optional: true },
      { name: 'name', help: 'the tag', optional: true },
    ],
    options: [
      { long: 'list', short: 'l', help: 'list what is tagged' },
      { long: 'delete', short: 'd', help: 'take the tag away' },
      ...COMMON,
    ],
    examples: ['restage tag run:12 baseline', 'restage tag --list'],
    also: ['name', 'label'],
  },
  {
    name: 'fsck',
    summary: 'check the cache, byte by byte',
    positionals: [],
    options: [
      { long: 'repair', help: 'put damaged artifacts aside, so that the next run makes them again' },
      ...COMMON,
    ],
    examples: ['restage fsck --repair'],
    also: ['check', 'repair', 'verify'],
  },
  {
    name: 'completion',
    summary: 'print what makes a shell complete verbs, options, pipelines, nodes and parameters',
    positionals: [{ name: 'shell', help: 'bash, zsh or fish' }],
    options: COMMON.filter(({ long }) => long === 'debug'),
    examples: ['source <(restage completion bash)'],
  },
  {
    name: 'init',
    summary: 'make a small project of your own, which runs at once',
    positionals: [{ name: 'folder', help: 'where; default: here', optional: true }],
    options: [
      { long: 'name', value: 'NAME', help: "the project's and the pipeline's name; default: the folder's" },
      ...COMMON.filter(({ long }) => long !== 'cache'),
    ],
    examples: ['restage init my-project'],
    also: ['new', 'create', 'scaffold'],
  },
  {
    name: 'doctor',
    summary: 'say whether restage can run here, what it can compute with, and how the cache is',
    positionals: [],
    options: [{ long: 'quick', help: 'start every backend, but do not measure its speed' }, ...COMMON],
    examples: ['restage doctor', 'restage doctor --quick --json'],
  },
];

/** Options that may stand where a verb does. */
export const GLOBAL_OPTIONS: readonly Option[] = [
  { long: 'version', short: 'V', help: 'print the version' },
  { long: 'help', short: 'h', help: 'print this, or the help of a verb' },
];

export function findVerb(name: string): Verb | undefined {
  return VERBS.find((verb) => verb.name === name);
}

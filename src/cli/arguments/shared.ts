/** Arguments and options that several verbs share. */
import type { Option, Positional } from './verb.ts';

export const PIPELINE: Positional = {
  name: 'pipeline',
  help: 'a folder with an index file, or a file, whose default export is a pipeline; default: the working directory',
  optional: true,
  complete: ['pipelines', 'files'],
};

export const TARGETS: Positional = {
  name: 'targets',
  help: 'nodes (train-fold@fold=3), stages (train-fold) or outputs (score.score), or by a reference (run:3/score); default: everything',
  optional: true,
  many: true,
  complete: ['nodes'],
};

const JSON_OUTPUT: Option = { long: 'json', help: 'machine-readable output' };
const DEBUG: Option = { long: 'debug', help: 'show the stack trace of an error' };

/** Every verb has these. */
export const OUTPUT: readonly Option[] = [JSON_OUTPUT, DEBUG];

/** Every verb that has to do with a cache has these. */
export const COMMON: readonly Option[] = [
  {
    long: 'cache',
    value: 'DIR',
    help: 'the cache directory, or a bundle to look at; default: cache/ beside the nearest package.json',
    complete: ['files'],
  },
  ...OUTPUT,
];

/** Of verbs that take a reference to something on record. */
export const OF_PIPELINE: Option = {
  long: 'pipeline',
  value: 'PATH',
  help: 'the pipeline of the node, where several have a node of that name',
  complete: ['pipelines'],
};

/** Of verbs that have to do with a remote. */
export const REMOTE: Option = {
  long: 'remote',
  value: 'NAME',
  help: 'the remote; default: the only one that the cache knows',
};

/** Of a verb that runs something. */
export const THROUGH: Option = {
  long: 'remote',
  value: 'NAME',
  help: 'take states out of this remote instead of making them, and push what is made',
};

/** Of a verb that runs a pipeline, or says what a run would do. */
export const EXECUTOR: Option = {
  long: 'executor',
  value: 'NAME',
  help: 'the executor of nodes that do not name one: worker (default), in-process, slurm, condor',
};

/** What decides which states a pipeline means. */
export const IDENTITY: readonly Option[] = [
  {
    long: 'set',
    short: 'S',
    value: 'path=value',
    many: true,
    help: 'set a parameter of the pipeline; the others keep their values',
    complete: ['parameters'],
  },
  {
    long: 'params',
    value: 'FILE',
    many: true,
    help: 'parameters from a file, in JSON, YAML or TypeScript; later files win, and -S wins over files',
    complete: ['files'],
  },
  {
    long: 'like',
    value: 'RUN',
    help: 'start from the parameters and the seed of a run: run:N, run:latest or a tag',
    complete: ['tags', { words: ['run:latest'] }],
  },
  { long: 'backend', value: 'NAME', help: 'the compute backend, or auto', complete: ['backends', { words: ['auto'] }] },
  {
    long: 'device',
    value: 'DEVICE',
    help: 'the device to compute on: cpu, gpu (gpu:N for one of them), software (WebGPU on the CPU) or auto',
    complete: [{ words: ['cpu', 'gpu', 'software', 'auto'] }],
  },
  { long: 'seed', value: 'N', least: 0, help: 'the seed of every random stream; default 0' },
];

export const SELECTION: readonly Option[] = [
  {
    long: 'only',
    value: 'NODE',
    many: true,
    help: 'these nodes alone; their inputs must be in the cache',
    complete: ['nodes'],
  },
  { long: 'until', value: 'NODE', many: true, help: 'these nodes and all that they need', complete: ['nodes'] },
  { long: 'force', short: 'f', help: 'run the targets even if their states are in the cache' },
];

/** How a run is reported, by the verbs that report one. */
export const REPORTING: readonly Option[] = [
  {
    long: 'reporter',
    value: 'NAME',
    choices: ['ink', 'plain', 'json'],
    help: 'how to report events: ink (a view, the default on a terminal), plain lines, or json (one event a line)',
  },
  { long: 'verbose', short: 'v', help: 'show every log line of the stages' },
];

/** Where a verb writes a file. */
export function outputOption(help: string): Option {
  return { long: 'output', short: 'o', value: 'FILE', help, complete: ['files'] };
}

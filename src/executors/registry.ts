/**
 * The executors by name, and which one executes a node. An executor's code is loaded when a node needs it.
 *
 * To add an executor to restage, write its folder beside `worker/` and add one entry here. Its tests run
 * `test/contracts/executor-contract.ts`.
 */
import type { BatchPolicy, BatchSystemName } from '../core/authoring/batch-options.ts';
import { didYouMean } from '../core/diagnostics/did-you-mean.ts';
import type { GraphNode } from '../core/graph/graph.ts';
import { DefinitionError, UsageError } from '../errors.ts';
import type { BatchSystem } from './batch/contract.ts';
import type { Executor, ExecutorEvent } from './contract.ts';

/** What an executor is opened with. */
export interface ExecutorParts {
  readonly cacheDirectory: string;
  /** Root of the user's project, where optional backends are installed. */
  readonly projectRoot: string;
  /** How many stages may execute at once. */
  readonly jobs: number;
  readonly onEvent: (event: ExecutorEvent) => void;
  /** What every task asks a batch system for, unless it says otherwise itself. */
  readonly batch?: BatchPolicy;
  /** Environment of its processes, without secrets; default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /**
   * How long a stage has to obey when it is cancelled, in milliseconds; default: what the executor takes for enough.
   */
  readonly gracefulMs?: number;
}

export interface ExecutorEntry {
  /** The name that a node's policy gives. */
  readonly name: string;
  /**
   * Whether it runs every stage in a process of its own, so that a stage may compute and fetch files from the network.
   */
  readonly isolates: boolean;
  /** Whether it observes what stages reach besides their inputs, so that a strict run may use it; default false. */
  readonly observes?: boolean;
  /** Whether it finds hosts for tasks itself, so that a task takes no slots of this machine; default false. */
  readonly isElsewhere?: boolean;
  /** Whether what it makes has `submitTogether`; default false. */
  readonly takesTogether?: boolean;
  readonly load: () => Promise<(parts: ExecutorParts) => Executor>;
  /** Of one that hands tasks to a batch system: how that is looked at without a run. */
  readonly batch?: BatchEntry;
}

export interface BatchEntry {
  /** The commands that it needs, each with the words that ask for its version. */
  readonly commands: readonly (readonly [name: string, ...words: string[]])[];
  /** Whether its jobs have an option `partition`, of which a site has several. */
  readonly hasPartitions: boolean;
  readonly load: () => Promise<(parts: Pick<ExecutorParts, 'cacheDirectory' | 'batch' | 'env'>) => BatchSystem>;
}

/** What a run demands of every node's executor. */
export interface Demands {
  readonly strict?: boolean;
  readonly isolate?: boolean;
  /** The executor of nodes whose policy names none; default: a worker. */
  readonly executor?: string | undefined;
  /** Whether it has secrets: then no stage executes in this process, whose environment may have them. */
  readonly hasSecrets?: boolean;
}

const DEFAULT = 'worker';

const BUILT_IN: readonly ExecutorEntry[] = [
  {
    name: DEFAULT,
    isolates: true,
    observes: true,
    takesTogether: true,
    load: async () => {
      const { WorkerExecutor } = await import('./worker/worker-executor.ts');
      return ({ jobs, ...parts }) => new WorkerExecutor({ ...parts, workers: jobs });
    },
  },
  {
    name: 'in-process',
    isolates: false,
    load: async () => {
      const { InProcessExecutor } = await import('./in-process/in-process-executor.ts');
      return ({ cacheDirectory, projectRoot, onEvent }) =>
        new InProcessExecutor({ cacheDirectory, projectRoot, onEvent });
    },
  },
  ofBatchSystem('slurm', {
    commands: [
      ['sbatch', '--version'],
      ['squeue', '--version'],
      ['scancel', '--version'],
    ],
    hasPartitions: true,
    load: async () => {
      const { SlurmSystem } = await import('./slurm/slurm-system.ts');
      return ({ batch = {}, ...parts }) => new SlurmSystem({ ...parts, options: batch.slurm ?? {} });
    },
  }),
  ofBatchSystem('condor', {
    commands: [
      ['condor_submit', '-version'],
      ['condor_q', '-version'],
      ['condor_rm', '-version'],
    ],
    hasPartitions: false,
    load: async () => {
      const { CondorSystem } = await import('./condor/condor-system.ts');
      return ({ batch = {}, ...parts }) => new CondorSystem({ ...parts, options: batch.condor ?? {} });
    },
  }),
];

/** The executor that hands its tasks to a batch system. */
function ofBatchSystem(name: BatchSystemName, batch: BatchEntry): ExecutorEntry {
  return {
    name,
    ...{ isolates: true, observes: true, isElsewhere: true, batch },
    load: async () => {
      const [open, { openBatchExecutor }] = await Promise.all([batch.load(), import('./batch/open-batch-executor.ts')]);
      return (parts) => openBatchExecutor(open(parts), parts);
    },
  };
}

const executors = new Map(BUILT_IN.map((entry) => [entry.name, entry]));

/**
 * Lets the nodes of this process's runs name this executor, until what it returns is called.
 * @throws UsageError if the name is taken
 */
export function registerExecutor(entry: ExecutorEntry): () => void {
  if (executors.has(entry.name))
    throw new UsageError(`An executor called "${entry.name}" exists already; give this one a different name.`);
  executors.set(entry.name, entry);
  return () => void executors.delete(entry.name);
}

/** @param file the settings that name it; undefined: whoever asked did. @throws UsageError for an unknown name */
export function checkExecutor(name: string, file?: string): void {
  if (executors.has(name)) return;
  const known = [...executors.keys()];
  const head =
    file === undefined
      ? `There is no executor "${name}"`
      : `The settings of restage in ${file} name the executor "${name}", which does not exist`;
  throw new UsageError(`${head}${didYouMean(name, known)}; give one of ${known.join(', ')}.`);
}

/** Those whose nodes need not run on this machine. */
export function executorsElsewhere(): readonly string[] {
  return [...executors.values()].filter(({ isElsewhere }) => isElsewhere === true).map(({ name }) => name);
}

/**
 * The executor of a node. A node that fetches files gets one that isolates, whatever its policy says: the process that
 * owns the record never uses the network. In a strict run, one that observes takes the place of `in-process`; a worker
 * does for a node that needs a process of its own.
 * @throws DefinitionError for an unknown name, or a stage that computes without a process of its own
 */
export function executorOf(
  { id, stage, compute, inputs, policy }: GraphNode,
  { strict = false, isolate = false, hasSecrets = false, executor = DEFAULT }: Demands = {},
): ExecutorEntry {
  const name: string = policy.executor ?? executor;
  const entry = executors.get(name);
  if (entry === undefined)
    throw new DefinitionError(
      `Node ${id} asks for the executor "${name}"${didYouMean(name, executors.keys())}; choose one of ${[...executors.keys()].join(', ')}.`,
    );
  if (strict && entry.isolates && entry.observes !== true)
    throw new DefinitionError(
      `Node ${id} has the executor "${name}", which does not observe what a stage reads; run it without --strict, or give the node another executor.`,
    );
  if (entry.isolates) return entry;
  if (compute)
    throw new DefinitionError(
      `Node ${id} has the executor "${name}", but its stage ${stage} computes and needs a worker; omit executor.`,
    );
  const fetches = inputs.some(({ from }) => 'file' in from && from.remote !== undefined);
  return fetches || strict || isolate || hasSecrets || policy.isolate === true ? executors.get(DEFAULT)! : entry;
}

/** The executor of states on record that are executed again: it isolates, since nobody knows what old code does. */
export function repeatingExecutor(): ExecutorEntry {
  return executors.get(DEFAULT)!;
}

/** The batch system of an executor. @throws UsageError for an executor that has none */
export function batchEntryOf(name: string): BatchEntry {
  const batch = executors.get(name)?.batch;
  if (batch !== undefined) return batch;
  const known = [...executors.values()].filter((entry) => entry.batch !== undefined).map((entry) => entry.name);
  throw new UsageError(
    executors.has(name)
      ? `The executor "${name}" executes on this machine, and has no cluster to look at; give one of ${known.join(', ')}.`
      : `There is no executor "${name}"${didYouMean(name, known)}; give one of ${known.join(', ')}.`,
  );
}

/**
 * Policy: how a node is to be executed. Nothing in this file can enter a cache key; it is given where a node is wired.
 */
import { DefinitionError } from '../../errors.ts';
import { didYouMean } from '../diagnostics/did-you-mean.ts';
import { BATCH_SYSTEMS, type BatchPolicy, unknownOption } from './batch-options.ts';

/**
 * Why an attempt failed. Retries are counted by class, since an out-of-memory and a bug call for different answers.
 * `lost`: the host of an attempt that executes elsewhere failed, was needed for something else, or computes with
 * another device than the key names; or its GPU was taken away.
 */
export type FailureClass = 'error' | 'crash' | 'oom' | 'timeout' | 'cancelled' | 'lost';

/** The names that a policy may give. A project with an executor of its own adds its name by declaration merging. */
export interface ExecutorNames {
  readonly worker: true;
  readonly 'in-process': true;
  readonly slurm: true;
  readonly condor: true;
}

export interface NodePolicy extends BatchPolicy {
  /**
   * Where it executes: `worker` (default), a process of its own; `in-process`, for short stages without compute; or
   * another executor by name.
   */
  readonly executor?: keyof ExecutorNames;
  /** Whether it executes in a worker process that has executed nothing else, and ends with it; default false. */
  readonly isolate?: boolean;
  /** CPU slots that it occupies; default 1. */
  readonly cpus?: number;
  /** Memory to reserve before its peak is known from a record, in MiB. */
  readonly memoryMiB?: number;
  /** GPUs reserved for it, in a run on GPUs; default 1 for a stage that declares `compute`, else 0. */
  readonly gpus?: number;
  /** Slots of named pools, such as `{ licence: 1 }`; a pool's size is given to `run`. */
  readonly pools?: Readonly<Record<string, number>>;
  /** It is killed after this many seconds. */
  readonly timeoutSeconds?: number;
  /** How often to try again, by class of failure; default: 5 times for `lost`, else never. */
  readonly retries?: Readonly<Partial<Record<FailureClass, number>>>;
  /** Higher starts first among nodes that are ready; default 0. */
  readonly priority?: number;
}

const FAILURES: readonly FailureClass[] = ['error', 'crash', 'oom', 'timeout', 'cancelled', 'lost'];
/** A host or a GPU that fails says nothing about the node. */
const LOST_RETRIES = 5;

export function retriesOf({ retries = {} }: NodePolicy, failed: FailureClass): number {
  return retries[failed] ?? (failed === 'lost' ? LOST_RETRIES : 0);
}

/** The rule for a value, in words, and its check. */
interface Rule {
  readonly words: string;
  readonly holds: (value: unknown) => boolean;
}

const SLOTS: Rule = {
  words: 'a number of at least 0',
  holds: (value) => Number.isFinite(value) && (value as number) >= 0,
};
const COUNT: Rule = {
  words: 'a whole number of at least 0',
  holds: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
};
const OBJECT: Rule = { words: 'an object', holds: (value) => typeof value === 'object' && value !== null };

const TEXT: Rule = { words: 'a text', holds: (value) => typeof value === 'string' };

const SWITCH: Rule = { words: 'true or false', holds: (value) => typeof value === 'boolean' };

const RULES: Readonly<Record<keyof NodePolicy, Rule>> = {
  executor: { words: 'the name of an executor', holds: (value) => typeof value === 'string' },
  isolate: SWITCH,
  cpus: SLOTS,
  memoryMiB: SLOTS,
  gpus: COUNT,
  slurm: OBJECT,
  condor: OBJECT,
  pools: OBJECT,
  timeoutSeconds: {
    words: 'a number above 0',
    holds: (value) => Number.isFinite(value) && (value as number) > 0,
  },
  retries: OBJECT,
  priority: { words: 'a number', holds: Number.isFinite },
};

/**
 * Values come from code and may be computed: a node that needs NaN CPUs would never start, and the run would wait
 * forever.
 * @throws DefinitionError naming the node and the value
 */
export function checkPolicy(node: string, policy: Readonly<Record<string, unknown>>): void {
  const check = (path: string, value: unknown, rule: Rule): void => {
    if (value === undefined || rule.holds(value)) return;
    const found =
      typeof value === 'number' ? String(value) : typeof value === 'function' ? 'a function' : JSON.stringify(value);
    throw new DefinitionError(`The policy ${path} of node ${node} is ${found}; it must be ${rule.words}.`);
  };
  for (const [name, value] of Object.entries(policy)) {
    if (!isPolicy(name)) {
      const hint = didYouMean(name, [...Object.keys(RULES), ...OTHER_OPTIONS]);
      throw new DefinitionError(
        `Node ${node} has no option ${name}${hint}; a parameter of its stage goes under params.`,
      );
    }
    check(name, value, RULES[name]);
  }
  const { pools, retries } = policy as NodePolicy;
  for (const system of BATCH_SYSTEMS)
    for (const [option, value] of Object.entries((policy as NodePolicy)[system] ?? {})) {
      const unknown = unknownOption(system, option, `Node ${node}`);
      if (unknown !== undefined) throw new DefinitionError(unknown);
      check(`${system}.${option}`, value, TEXT);
    }
  for (const [pool, slots] of Object.entries(pools ?? {})) check(`pools.${pool}`, slots, SLOTS);
  for (const [failure, count] of Object.entries(retries ?? {})) {
    if (!(FAILURES as readonly string[]).includes(failure))
      throw new DefinitionError(
        `Node ${node} retries a failure ${failure}${didYouMean(failure, FAILURES)}; the classes are ${FAILURES.join(', ')}.`,
      );
    check(`retries.${failure}`, count, COUNT);
  }
}

const OTHER_OPTIONS: readonly string[] = ['as', 'key', 'seedKey', 'renamedFrom', 'tags', 'params', 'inputs'];

/** Whether a node's option of this name is not part of its policy. */
export function isOtherOption(name: string): boolean {
  return OTHER_OPTIONS.includes(name);
}

function isPolicy(name: string): name is keyof NodePolicy {
  return Object.hasOwn(RULES, name);
}

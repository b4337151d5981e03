/** Turns a node that has to be made into the task that an executor takes. */
import { join } from 'node:path';
import type { GraphNode } from '../../core/graph/graph.ts';
import { seedOfStreams } from '../../identity/node-fields.ts';
import type { Task, TaskResources } from '../../executors/contract.ts';
import { secretsOfTask } from '../../planning/repetition/task-secrets.ts';
import { ImportedExecutables, isIntact } from '../../identity/code/executables.ts';
import type { PlannedWork } from '../scheduling/planned-work.ts';
import type { ExecutionOptions } from './execution-options.ts';
import type { InFlightNode } from './in-flight.ts';
import type { MadeStates } from './made-states.ts';

/** `run`: the run's id on record. */
export type TaskOptions = Pick<ExecutionOptions, 'run' | 'strict' | 'isolate' | 'traceFileOf'>;

export class TaskMaker {
  readonly #prepared: PlannedWork;
  readonly #states: MadeStates;
  readonly #cacheDirectory: string;
  readonly #run: number;
  readonly #strict: boolean;
  readonly #isolate: boolean;
  readonly #traceFileOf: TaskOptions['traceFileOf'];
  readonly #imports = new ImportedExecutables();

  constructor(
    prepared: PlannedWork,
    states: MadeStates,
    cacheDirectory: string,
    { run, strict, isolate = false, traceFileOf }: TaskOptions,
  ) {
    this.#prepared = prepared;
    this.#states = states;
    this.#cacheDirectory = cacheDirectory;
    this.#run = run;
    this.#strict = strict;
    this.#isolate = isolate;
    this.#traceFileOf = traceFileOf;
  }

  /**
   * `isHere`: it executes in this process, which imports a file once. One check of the file before that is then enough.
   */
  make(
    node: GraphNode,
    entry: InFlightNode,
    devices: readonly string[],
    isHere: boolean,
    resources?: TaskResources,
  ): Task {
    const { definition, conditions } = this.#prepared;
    const { env, reads, backend, seed } = conditions;
    const { node: index, attempt, tries, key } = entry;
    const { executable, harmless, packages } = definition.codes.get(node.stage)!;
    if (tries === 1 && !(isHere ? this.#imports.isIntact(executable) : isIntact(executable)))
      throw new Error(`internal error: the code of stage ${node.stage} at ${executable} is not what was hashed`);
    return {
      id: `${this.#run}.${index}.${attempt}.${key.slice(0, 16)}`,
      node: node.id,
      stage: node.stage,
      cacheKey: key,
      module: executable,
      harmless,
      isolate: this.#isolate || node.policy.isolate === true,
      params: node.params,
      inputs: node.inputs.map(({ slot, index: position, from }) => ({
        slot,
        index: position,
        source: this.#states.source(from),
      })),
      seed: node.random ? seedOfStreams(node, seed).digest : null,
      backend: node.compute ? backend!.name : null,
      ...(node.compute && { computes: backend! }),
      devices,
      env: Object.fromEntries(node.env.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
      ...secretsOfTask(node, conditions.secrets),
      declares: {
        env: node.env,
        reads: node.reads.map((path) => reads.get(path)!),
        effects: node.effects,
        packages: [...new Set(packages.map(({ name }) => name))],
        strict: this.#strict,
      },
      timeoutSeconds: node.policy.timeoutSeconds ?? null,
      checkpointFile: join(this.#cacheDirectory, 'checkpoints', key),
      ...(resources && { resources }),
      ...(this.#traceFileOf && { traceFile: this.#traceFileOf(key), traceBytes: 0 }),
    };
  }
}

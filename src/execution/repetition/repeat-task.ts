/** Turns a state on record into the task that an executor takes: to execute it again is like making a node's state. */
import type { Task, TaskInput } from '../../executors/contract.ts';
import type { RepeatedInput, Repetition } from '../../planning/repetition/repetition.ts';
import { secretsOfTask } from '../../planning/repetition/task-secrets.ts';
import type { Cache } from '../../store/cache.ts';

export interface RepeatOptions {
  /** Unique to this attempt. */
  readonly id: string;
  /** Whether the attempt fails if it reaches something undeclared. */
  readonly strict: boolean;
  /** Where the stage's checkpoint lives. That of the state's key goes on from what a killed attempt saved. */
  readonly checkpointFile: string;
}

export function repeatTask(cache: Cache, repetition: Repetition, { id, strict, checkpointFile }: RepeatOptions): Task {
  const {
    node,
    stage,
    state,
    code,
    params,
    inputs,
    seed,
    backend,
    devices,
    env,
    reads,
    effects,
    secrets,
    variables = [],
  } = repetition;
  return {
    id,
    node,
    stage,
    cacheKey: state,
    module: code.executable,
    harmless: code.harmless,
    params,
    inputs: inputs.map((input) => ({ slot: input.slot, index: input.index, source: sourceOf(cache, input) })),
    seed,
    backend: backend?.name ?? null,
    ...(backend && { computes: backend }),
    // Alone on its device: which of several of one model makes no difference.
    devices: devices.slice(0, 1),
    env: Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    ...secretsOfTask({ params, secrets: variables }, secrets),
    declares: {
      env: [...Object.keys(env), ...variables],
      reads,
      effects,
      packages: code.packages.map(({ name }) => name),
      strict,
    },
    // Policy is not on record.
    timeoutSeconds: null,
    checkpointFile,
  };
}

function sourceOf(cache: Cache, { digest, bytes, from }: RepeatedInput): TaskInput['source'] {
  if ('path' in from) return { type: 'file', digest, bytes, ...from };
  const [artifact] = cache.query.prefixes.artifacts(digest, 1);
  return { type: 'artifact', digest, bytes, inline: artifact?.inline ?? null };
}

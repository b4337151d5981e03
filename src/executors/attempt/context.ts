/** The context that a stage's `run` receives, built from a task. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { streamsOf } from '../../core/identity/random.ts';
import type { AnyStage, ComputeBackend, InputSlots, Inputs, StageContext } from '../../core/authoring/stage.ts';
import { DefinitionError } from '../../errors.ts';
import type { Task } from '../contract.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { InputMap } from './inputs.ts';
import type { Reporter } from './reporter.ts';
import type { AttemptSecrets } from './secrets.ts';
import type { Tracer } from './tracer.ts';

export interface ContextParts {
  readonly stage: AnyStage;
  readonly task: Task;
  readonly inputs: InputMap;
  readonly reporter: Reporter;
  readonly signal: () => AbortSignal;
  readonly backend: ComputeBackend | null;
  /** Undefined for a task without secrets. */
  readonly secrets: AttemptSecrets | undefined;
  /** Undefined where nobody looks at what the stage traces. */
  readonly tracer: Tracer | undefined;
}

export function createContext(parts: ContextParts): StageContext<unknown, InputSlots> {
  const { stage, task, inputs, reporter, signal, backend, secrets, tracer } = parts;
  return {
    params: deepFreeze(secrets === undefined ? task.params : secrets.paramsOf(task.params)),
    // Built from the stage's own declaration, in `openInputs`.
    inputs: inputs as Inputs<InputSlots>,
    get rng() {
      if (task.seed === null) throw undeclared(stage, 'rng', 'random: true');
      return streamsOf(task.seed);
    },
    log: (message) => reporter.say(message),
    metric: (name, value, step) => reporter.metric(name, value, step),
    progress: (done, total, note) => reporter.progress(done, total, note),
    trace: tracer === undefined ? ignore : (name, value, step) => tracer.trace(name, value, step),
    checkpoint: openCheckpoint(task.checkpointFile, task.node, () => tracer?.abandon(), secrets),
    get signal() {
      return signal();
    },
    get backend() {
      if (backend === null) throw undeclared(stage, 'backend', 'compute: true');
      return backend;
    },
    env: Object.freeze({ ...task.env, ...secrets?.env }),
  };
}

function ignore(): void {
  // Nobody looks at what is traced.
}

function undeclared(stage: AnyStage, what: string, declaration: string): DefinitionError {
  return new DefinitionError(
    `Stage ${stage.name} uses ${what} without declaring it; add "${declaration}" to its definition.`,
  );
}

/** Params are part of the key: a stage that changed its own params would compute something other than its key says. */
function deepFreeze(value: CanonicalValue): CanonicalValue {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values<CanonicalValue>(value)) deepFreeze(member);
  return Object.freeze(value);
}

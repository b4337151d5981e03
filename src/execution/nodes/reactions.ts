/** Handles an executor's event for its node: reports it, records it, and retries, heals or ends the node. */
import { CacheError } from '../../errors.ts';
import { retriesOf } from '../../core/authoring/policy.ts';
import type { GraphNode } from '../../core/graph/graph.ts';
import type { ExecutorEvent } from '../../executors/contract.ts';
import type { Endings } from './endings.ts';
import type { ExecutorSet } from './executor-set.ts';
import type { InFlightNode } from './in-flight.ts';
import type { Launcher } from './launcher.ts';
import type { RunContext } from './run-context.ts';
import { secondsOf } from './seconds-of.ts';

type Succeeded = ExecutorEvent & { readonly type: 'succeeded' };
type Failed = ExecutorEvent & { readonly type: 'failed' };

export class Reactions {
  readonly #context: RunContext;
  readonly #endings: Endings;
  readonly #launcher: Launcher;
  readonly #executors: ExecutorSet;

  constructor(context: RunContext, endings: Endings, launcher: Launcher, executors: ExecutorSet) {
    this.#context = context;
    this.#endings = endings;
    this.#launcher = launcher;
    this.#executors = executors;
  }

  /** True if an attempt has ended, so that others may start. */
  react(event: ExecutorEvent): boolean {
    const { inFlight, journal, handles, options } = this.#context;
    const entry = inFlight.ofTask(event.task);
    if (entry === undefined) return false;
    const node = this.#context.node(entry.node);
    switch (event.type) {
      case 'submitted':
        handles.set(entry.key, { executor: options.executors.of(node), place: event.handle });
        return false;
      case 'gone':
        handles.remove(entry.key);
        this.#executors.for(node).submit(entry.task!);
        return false;
      case 'observed':
        journal.observed(node, event);
        if (event.state !== 'unknown') inFlight.goesOnElsewhere(event.task);
        // A run that leaves waits for nothing else.
        return options.detach === true;
      case 'started':
        journal.started(node, entry.attempt, entry.task!.backend, event);
        return false;
      case 'progress':
        journal.progress(node, event);
        return false;
      case 'metric':
        journal.metric(node, event);
        return false;
      case 'log':
        journal.log(node, event);
        return false;
      case 'undeclared':
        journal.undeclared(node, event);
        return false;
      case 'succeeded':
        inFlight.taskEnded(event.task);
        this.#spend(node.stage, event);
        if (hasItsOutputs(node, event)) {
          this.#succeeded(entry, event);
          this.#forgetHandle(entry);
        } else this.#failed(entry, withoutItsOutputs(node, event));
        return true;
      case 'failed':
        inFlight.taskEnded(event.task);
        this.#spend(node.stage, event);
        this.#failed(entry, event);
        return true;
    }
  }

  #spend(stage: string, { usage }: Succeeded | Failed): void {
    this.#context.budget?.took(stage, secondsOf(usage));
  }

  #succeeded(entry: InFlightNode, event: Succeeded): void {
    const { healing, journal, prepared, states, scheduler } = this.#context;
    const node = this.#context.node(entry.node);
    const { key, fields, inputs, reason } = entry;
    const { outputs } = event;
    const differing = entry.mayBeOnRecord ? healing.differing(key, outputs) : [];
    if (differing.length > 0)
      journal.notice(
        `Node ${node.id} gave different bytes than before for ${differing.join(', ')}: stage ${node.stage} is not deterministic.`,
      );
    healing.replaced(entry.node, key, outputs);
    const code = prepared.definition.codes.get(node.stage)!;
    journal.made(node, { key, planKey: this.#context.planKey(entry.node), code, fields, inputs, reason }, event);
    states.take(entry.node, { key, outputs });
    scheduler.done(entry.node);
    this.#endings.settle(entry, { key, outputs });
  }

  #failed(entry: InFlightNode, event: Failed): void {
    const { handles, healing, journal, scheduler } = this.#context;
    const node = this.#context.node(entry.node);
    const { failure } = event;
    if (event.ofCache === true) {
      journal.attemptFailed(node, entry.attempt, false, event, entry.task);
      throw new CacheError(failure.message);
    }
    const goesOn = !this.#endings.stopped;
    // Damage is reported as one sentence. An exception of the stage's own code has a stack, so its inputs need not be
    // checked.
    const mayBeDamage = goesOn && failure.class === 'error' && failure.stack === null;
    const lost = mayBeDamage ? healing.lostProducer(entry.node, true) : undefined;
    const damaged = lost !== undefined && scheduler.canReopen(lost) ? lost : undefined;
    const gone = mayBeDamage ? healing.lostRecorded(entry.node, true) : undefined;
    // It says nothing about the node, which is tried alone; that is not counted.
    const isUndecided = goesOn && event.ofParty === true;
    const retries = goesOn ? retriesOf(node.policy, failure.class) : 0;
    const again = damaged !== undefined || gone !== undefined || isUndecided || entry.tries <= retries;
    journal.attemptFailed(node, entry.attempt, again, event, entry.task);
    if (gone !== undefined) healing.discardRecorded(gone);
    // At once: the next attempt must not find this one.
    if (again && this.#isDetached(entry)) handles.remove(entry.key);
    if (damaged !== undefined) this.#launcher.remake(damaged, entry);
    else if (again) {
      if (isUndecided) entry.tries -= 1;
      scheduler.retryAlone(entry.node);
    } else {
      this.#endings.fail(entry, failure);
      this.#forgetHandle(entry);
    }
  }

  /** Only once the attempt's end is on record: until then, only the handle leads to its result. */
  #forgetHandle(entry: InFlightNode): void {
    const { cache, forgottenHandles } = this.#context;
    const { node, key } = entry;
    if (this.#isDetached(entry)) cache.record.afterwards(() => forgottenHandles.add(node, key));
  }

  /** Only such executors have handles: one that another run has left is not this one's to remove. */
  #isDetached({ node }: InFlightNode): boolean {
    return this.#executors.for(this.#context.node(node)).lifetime === 'detached';
  }
}

/** Whatever a process of the stage reports: a state on record has the outputs that its stage declares. */
function hasItsOutputs(node: GraphNode, { outputs }: Succeeded): boolean {
  return (
    outputs.length === node.outputs.length &&
    node.outputs.every(({ name, kind }, i) => outputs[i]!.name === name && outputs[i]!.kind === kind)
  );
}

function withoutItsOutputs({ id, stage, outputs }: GraphNode, { task, usage, outputs: reported }: Succeeded): Failed {
  const list = (named: readonly { readonly name: string; readonly kind: string }[]): string =>
    named.map(({ name, kind }) => `${name} (${kind})`).join(', ') || 'none';
  const message = `The process of node ${id} reported other outputs than stage ${stage} declares: ${list(reported)} instead of ${list(outputs)}; a stage must leave the built-in objects of its process as they are.`;
  return {
    type: 'failed',
    task,
    usage,
    failure: { class: 'crash', message, stack: null, exitCode: null, signal: null },
  };
}

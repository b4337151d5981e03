/**
 * The parts of a running execution, and the questions that its rules ask about a node. Made once for each run, and
 * shared by the files beside this one.
 */
import type { GraphNode } from '../../core/graph/graph.ts';
import { cacheKey, type Field } from '../../core/identity/cache-key.ts';
import type { CacheKey, PlanKey } from '../../core/identity/digest.ts';
import type { Accepted } from '../../events.ts';
import { acceptedBy } from '../../planning/plan/equivalence/accepted-states.ts';
import { contentFields } from '../../planning/plan/planner.ts';
import type { Cache } from '../../store/cache.ts';
import { AttemptHandles } from '../../store/coordination/attempt-handles.ts';
import type { ActiveStep } from './decide.ts';
import type { ExecutionOptions } from './execution-options.ts';
import type { PlannedWork } from '../scheduling/planned-work.ts';
import { ForgottenHandles } from './forgotten-handles.ts';
import { Healing } from './healing.ts';
import { InFlight } from './in-flight.ts';
import { type AcceptedHit, RunJournal } from './journal.ts';
import { MadeStates, type OutputOf } from './made-states.ts';
import { Budget } from '../scheduling/budget.ts';
import type { WaitLimits } from '../scheduling/arrivals.ts';
import { schedulerOf } from '../scheduling/schedule-plan.ts';
import type { StageCosts } from '../../store/query/cost-history.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';

export class RunContext {
  readonly cache: Cache;
  readonly prepared: PlannedWork;
  readonly options: ExecutionOptions;
  readonly journal: RunJournal;
  readonly scheduler: Scheduler;
  /** Nodes whose states exist before anything is scheduled. */
  readonly plannedHits: readonly AcceptedHit[];
  readonly states: MadeStates;
  readonly healing: Healing;
  readonly inFlight: InFlight;
  readonly handles: AttemptHandles;
  readonly forgottenHandles: ForgottenHandles;
  readonly costOf: StageCosts;
  /** Undefined for a run without limits. */
  readonly budget: Budget | undefined;

  /** `onTrouble` takes what a listener of events throws. */
  constructor(cache: Cache, prepared: PlannedWork, options: ExecutionOptions, onTrouble: (error: unknown) => void) {
    this.cache = cache;
    this.prepared = prepared;
    this.options = options;
    this.journal = new RunJournal(cache.record, options.run, options.emit, onTrouble, options.now);
    this.states = new MadeStates(cache, prepared.definition.graph, prepared.files, prepared.recorded);
    this.healing = new Healing(cache.objects, this.states);
    this.inFlight = new InFlight(cache.leases);
    this.handles = new AttemptHandles(cache.directory);
    this.forgottenHandles = new ForgottenHandles(this.handles, this.inFlight);
    const costOf = cache.query.costs.onceEach();
    this.costOf = costOf;
    const { limits, now } = options;
    if (limits !== undefined)
      this.budget = new Budget(
        limits,
        () => (now() - limits.since) / 1000,
        (stage) => costOf(stage)?.seconds,
      );
    const { scheduler, hits } = schedulerOf(prepared, costOf, options, this.#waits());
    this.scheduler = scheduler;
    this.plannedHits = hits.map((hit) =>
      hit.equivalence === undefined ? hit : { ...hit, accepted: this.#accepted(hit.equivalence) },
    );
  }

  /** How long nodes wait for others: the limits of the run are not to be exceeded by that. */
  #waits(): WaitLimits {
    const { budget, inFlight } = this;
    const { limits, now } = this.options;
    if (budget === undefined || limits === undefined)
      return { now, latestStart: () => Number.POSITIVE_INFINITY, roomFor: () => Number.POSITIVE_INFINITY };
    return {
      now,
      latestStart: (node) => limits.since + 1000 * budget.latestStart(this.node(node).stage),
      roomFor: (node) =>
        budget.roomFor(
          this.node(node).stage,
          inFlight.submittedEntries.map((entry) => this.node(entry.node).stage),
        ),
    };
  }

  node(index: number): GraphNode {
    return this.prepared.definition.graph.nodes[index]!;
  }

  step(index: number): ActiveStep {
    const step = this.prepared.steps[index]!;
    if (step.status === 'excluded')
      throw new Error(`internal error: node ${this.node(index).id} takes part but is excluded from the plan`);
    return step;
  }

  planKey(index: number): PlanKey {
    return this.step(index).planKey;
  }

  /**
   * The equivalence by which a node, whose inputs all exist, has this state; undefined if the state is that of its key.
   */
  acceptedAs(index: number, { id, key }: { readonly id: number; readonly key: CacheKey }): Accepted | undefined {
    const { accepted } = this.prepared;
    const { equivalences } = this.cache.query;
    if (accepted === undefined || equivalences.among([id]).size === 0) return undefined;
    const own = this.content(index).key;
    const found = own === key ? undefined : equivalences.byKey(own);
    return found?.state.id === id ? this.#accepted(found.equivalence) : undefined;
  }

  #accepted(equivalence: number | undefined): Accepted | undefined {
    return equivalence === undefined ? undefined : acceptedBy(this.cache, equivalence);
  }

  /** The key of the node's actual inputs, which all exist. */
  content(index: number): { readonly key: CacheKey; readonly fields: readonly Field[] } {
    const { definition, fileDigests, fieldsOf } = this.prepared;
    const digestOf = (from: OutputOf) => this.states.output(from).digest;
    const fields = contentFields(definition.graph, index, fieldsOf(index), fileDigests, digestOf);
    return { key: cacheKey(fields), fields };
  }
}

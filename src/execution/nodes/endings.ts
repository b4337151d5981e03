/** Ends nodes without running them to success: as hits, as failures, or skipped. It informs scheduler and journal. */
import type { Failure, LeftNode, MadeBy } from '../../events.ts';
import type { LimitKind } from '../scheduling/budget.ts';
import type { StateRow } from '../../store/query/states.ts';
import type { InFlightNode } from './in-flight.ts';
import type { Found, OnRecord } from './made-states.ts';
import type { HitFacts, RunJournal } from './journal.ts';
import { undeclaredState } from './undeclared-state.ts';
import type { RunContext } from './run-context.ts';

export class Endings {
  readonly #context: RunContext;
  #stopped = false;
  #interrupted = false;
  #isLimited = false;
  #untold: Parameters<RunJournal['laterHits']>[0][number][] = [];
  /** Nodes that end without being made, from `#firstSkip` on: not told yet. */
  #skips: Skip[] = [];
  #firstSkip = 0;

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** Nothing more is started: after an interruption, or after as many failures as the request allows. */
  get stopped(): boolean {
    return this.#stopped;
  }

  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** Whether a limit kept something from being started. */
  get isLimited(): boolean {
    return this.#isLimited;
  }

  /** The node's state exists: as the plan says, or (`cut-off`) by its actual inputs. */
  hit(index: number, how: 'hit' | 'cut-off', state: Found): void {
    const { prepared, states } = this.#context;
    const keyIsNew = how === 'cut-off';
    // Made since the plan: by another process, or for a node of this run with the same key.
    if (keyIsNew && 'id' in state && state.id > prepared.newestState) this.#share(index, state, states.madeBy(state));
    else {
      const hit = { how: this.#isBelowChange(index) ? how : 'hit', keyIsNew, madeBy: undefined } as const;
      if ('outputs' in state) this.#end(index, state, hit);
      else this.#endLater(index, state, hit);
    }
  }

  /** The state came from elsewhere, and is on record now. */
  taken(index: number, state: Found, from: string): void {
    this.#end(index, state, { how: 'hit', keyIsNew: true, madeBy: undefined, from });
  }

  /** Whether a node above it ran again, or was unchanged below one that did. */
  #isBelowChange(index: number): boolean {
    const { journal } = this.#context;
    return this.#context.node(index).inputs.some(({ from }) => {
      const outcome = 'node' in from ? journal.outcomeOf(this.#context.node(from.node).id) : undefined;
      return outcome === 'ran' || outcome === 'cut-off';
    });
  }

  /** Records the hits since the last call, and reports them. */
  tellHits(): void {
    const hits = this.#untold;
    this.#untold = [];
    this.#context.journal.laterHits(hits);
  }

  get hasSkips(): boolean {
    return this.#firstSkip < this.#skips.length;
  }

  /**
   * Records and reports nodes that are not made, so many at most: a hundred thousand may be below one that failed.
   * @returns how many
   */
  tellSkips(most: number): number {
    const { journal } = this.#context;
    const skips = this.#skips.slice(this.#firstSkip, this.#firstSkip + most);
    for (const { index, because, left } of skips)
      if (left === undefined) journal.skipped(this.#context.node(index), because);
      else journal.left(this.#context.node(index), left);
    this.#firstSkip += skips.length;
    if (this.hasSkips) return skips.length;
    this.#skips = [];
    this.#firstSkip = 0;
    return skips.length;
  }

  /** The entry's state exists. Nodes of this run that have the same key share it. */
  settle(entry: InFlightNode, state: Found): void {
    const { inFlight, options } = this.#context;
    const madeBy = { run: options.run, node: this.#context.node(entry.node).id };
    for (const twin of inFlight.settle(entry)) this.#share(twin, state, madeBy);
  }

  /** Another process has made the state. */
  share(entry: InFlightNode, state: StateRow): void {
    const twins = this.#context.inFlight.settle(entry);
    const madeBy = this.#context.states.madeBy(state);
    for (const index of [entry.node, ...twins]) this.#share(index, state, madeBy);
  }

  /** This run will not make the node and its twins, nor the nodes below them. */
  fail(entry: InFlightNode, failure: Failure): void {
    const { inFlight, journal, scheduler, options } = this.#context;
    for (const index of [entry.node, ...inFlight.giveUp(entry)]) {
      const node = this.#context.node(index);
      if (this.#interrupted && failure.class === 'cancelled') this.#skip([index], null);
      else journal.failed(node, failure, this.#reasonOf(index, entry) ?? failure.message);
      this.#skip(scheduler.fail(index), this.#interrupted ? null : node.id);
    }
    if (journal.failures.length >= options.maxFailures) this.#stop(this.#context.node(entry.node).id);
  }

  /** Why a strict run does not take this state from the cache. */
  #refusal(index: number, state: Found): string | undefined {
    const { cache, options } = this.#context;
    if (!options.strict || !('id' in state)) return undefined;
    return undeclaredState(this.#context.node(index).id, cache.query.accesses.of(state.id));
  }

  #isRefused(index: number, state: Found): boolean {
    const message = this.#refusal(index, state);
    if (message !== undefined)
      this.#refuse(index, { class: 'error', message, stack: null, exitCode: null, signal: null });
    return message !== undefined;
  }

  #refuse(index: number, failure: Failure): void {
    const { journal, scheduler, options } = this.#context;
    const { id } = this.#context.node(index);
    journal.failed(this.#context.node(index), failure, failure.message);
    this.#skip(scheduler.fail(index), id);
    if (journal.failures.length >= options.maxFailures) this.#stop(id);
  }

  /** The node and its twins would exceed a limit: they are not made, nor the nodes below them. */
  exceed(entry: InFlightNode, limit: LimitKind): void {
    const { inFlight, journal, scheduler, budget } = this.#context;
    if (!this.#isLimited) {
      const { id, stage } = this.#context.node(entry.node);
      journal.notice(limitSentence(limit, id, budget!.expected(stage)));
    }
    this.#isLimited = true;
    for (const index of [entry.node, ...inFlight.giveUp(entry)]) this.#skip([index, ...scheduler.fail(index)], null);
  }

  /** The run ends before what executes elsewhere. @returns how many attempts go on */
  leave(): number {
    const { inFlight, scheduler } = this.#context;
    this.#interrupted = true;
    const waiting = [...this.#stopAll()];
    const goingOn = inFlight.giveUpSubmitted();
    for (const index of goingOn.flatMap(({ node, twins }) => [node, ...twins])) {
      this.#skips.push({ index, because: null, left: 'elsewhere' });
      for (const below of scheduler.fail(index)) waiting.push(below);
    }
    for (const index of waiting) this.#skips.push({ index, because: null, left: 'waiting' });
    return goingOn.length;
  }

  interrupt(): void {
    this.#interrupted = true;
    this.#stop(null);
  }

  #stop(because: string | null): void {
    this.#skip(this.#stopAll(), because);
  }

  /** Gives up on everything that has not started. @returns these nodes */
  #stopAll(): readonly number[] {
    const { scheduler, inFlight } = this.#context;
    this.#stopped = true;
    const stopped = scheduler.stop();
    for (const index of stopped) {
      const entry = inFlight.at(index);
      if (entry !== undefined) inFlight.withdraw(entry);
    }
    return stopped;
  }

  /** Why the node was to be made; null without an attempt, which would have the failure on record. */
  #reasonOf(index: number, { node, tries, reason }: InFlightNode): string | null {
    if (tries === 0) return null;
    const step = this.#context.step(index);
    // A twin has a history of its own.
    return index !== node && step.status === 'run' ? step.reason : reason;
  }

  #share(index: number, state: Found, madeBy: MadeBy): void {
    this.#end(index, state, { how: 'hit', keyIsNew: true, madeBy });
  }

  #end(index: number, state: Found, hit: Pick<HitFacts, 'how' | 'keyIsNew' | 'madeBy' | 'from'>): void {
    const { states, journal, scheduler } = this.#context;
    if (this.#isRefused(index, state)) return;
    states.take(index, state);
    const saved = 'id' in state ? state.seconds : 0;
    const planKey = this.#context.planKey(index);
    const accepted = 'id' in state ? this.#context.acceptedAs(index, state) : undefined;
    journal.hit(this.#context.node(index), { ...hit, key: state.key, planKey, saved, accepted });
    scheduler.done(index);
  }

  /**
   * As `#end`, for a state that was on record before: many end at once below a node that gave the same bytes as before.
   */
  #endLater(index: number, state: OnRecord, { how, keyIsNew }: Pick<HitFacts, 'how' | 'keyIsNew'>): void {
    const { states, scheduler, prepared } = this.#context;
    if (this.#isRefused(index, state)) return;
    states.take(index, state);
    const newPlanKey = keyIsNew ? this.#context.planKey(index) : undefined;
    const accepted = this.#context.acceptedAs(index, state);
    this.#untold.push({ index, node: prepared.nodes[index]!, state, how, newPlanKey, accepted });
    scheduler.done(index);
  }

  #skip(nodes: readonly number[], because: string | null): void {
    for (const index of nodes) this.#skips.push({ index, because });
  }
}

interface Skip {
  readonly index: number;
  /** The node that failed; null if the run was interrupted, or leaves. */
  readonly because: string | null;
  /** Where the node is left; absent if it is not to be made. */
  readonly left?: LeftNode;
}

/** Told once, of the first node. */
function limitSentence(limit: LimitKind, node: string, expected: number | undefined): string {
  const takes = expected === undefined ? '' : `, which takes about ${Number(expected.toPrecision(2))} s`;
  return `The limit of ${limit} leaves no room for ${node}${takes}; nothing that would exceed it is started.`;
}

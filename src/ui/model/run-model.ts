/**
 * The state of a view of a run, made from its events: stages by what became of their nodes, what runs, what was said.
 * It reads no clock and writes nothing. Its memory is bounded by the number of nodes, however much they tell: of a node
 * that ended, metrics and log are kept until so many others have ended after it.
 */
import type { NodeStarted, Preparation, RunEvent, RunFinished, RunStarted } from '../../events.ts';
import { addLogLine, addMetric, addProgress, type NodeView, type Phase, PHASES, shortened } from './node-view.ts';

export interface StageView {
  readonly stage: string;
  /** How many nodes it has. */
  nodes: number;
  readonly counts: Record<Phase, number>;
  /** Seconds that its states took in earlier runs, on average; null if none is on record. */
  readonly recordedSeconds: number | null;
  /** Of the nodes that ran in this run, together. */
  ranSeconds: number;
}

/** A line of what happened. */
export interface FeedLine {
  readonly at: number;
  readonly kind: 'log' | 'waiting' | 'ran' | 'retry' | 'failed' | 'skipped' | 'notice';
  readonly node: string | null;
  readonly text: string;
}

const MOST_FEED = 200;
const MOST_FAILED = 100;
/** Nodes that ended whose metrics and logs are kept. */
const MOST_ENDED = 100;

export class RunModel {
  /** What takes time before the run starts; undefined once it has started. */
  preparing: Preparation | undefined;
  run: RunStarted | undefined;
  finished: RunFinished | undefined;
  paused = false;
  /** In the order of the graph. */
  readonly stages = new Map<string, StageView>();
  readonly #nodes = new Map<string, NodeView>();
  /** What runs, each in the place that it took when it started, so that a view of them keeps still; null where a place is free. */
  readonly places: (NodeView | null)[] = [];
  /** The first ones. */
  readonly failed: NodeView[] = [];
  /** The latest ones that ran, with what they told; the newest is the last. */
  readonly ended: NodeView[] = [];
  readonly feed: FeedLine[] = [];
  /** The time of the latest event. */
  at = 0;

  node(id: string): NodeView | undefined {
    return this.#nodes.get(id);
  }

  get running(): readonly NodeView[] {
    return this.places.filter((node) => node !== null);
  }

  get totals(): Readonly<Record<Phase | 'nodes', number>> {
    const totals = { nodes: this.run?.nodes ?? 0, ...noCounts() };
    for (const { counts } of this.stages.values()) for (const phase of PHASES) totals[phase] += counts[phase];
    return totals;
  }

  apply(event: RunEvent): void {
    this.at = event.at;
    switch (event.type) {
      case 'run-preparing':
        this.preparing = event.activity;
        break;
      case 'run-started':
        this.preparing = undefined;
        this.run = event;
        for (const { stage, nodes, seconds } of event.stages) this.#stage(stage, nodes, seconds);
        break;
      case 'run-paused':
        this.paused = event.paused;
        break;
      case 'node-hit': {
        const view = this.#enter(event, event.how);
        view.state = event.state;
        view.reason = '';
        break;
      }
      case 'node-queued':
        this.#enter(event, 'queued').reason = event.reason;
        break;
      case 'node-waiting':
        this.#enter(event, 'waiting').waitsFor = event.run;
        this.#say(event.at, 'waiting', event.node, event.run === null ? 'for another run' : `for run ${event.run}`);
        break;
      case 'node-observed':
        this.#say(event.at, 'notice', event.node, event.note === null ? event.state : `${event.state}: ${event.note}`);
        break;
      case 'node-started':
        this.#start(event);
        break;
      case 'node-progress': {
        const { attempt } = this.#told(event);
        if (attempt !== null) addProgress(attempt, event);
        break;
      }
      case 'node-metric': {
        const { attempt } = this.#told(event);
        if (attempt !== null) addMetric(attempt, event.name, event.value, event.step);
        break;
      }
      case 'node-log': {
        const { attempt } = this.#told(event);
        if (attempt !== null) addLogLine(attempt, event.text);
        this.#say(event.at, 'log', event.node, event.text);
        break;
      }
      case 'node-ran': {
        const view = this.#enter(event, 'ran');
        view.state = event.state;
        view.seconds = event.seconds;
        view.peakMiB = event.peakMiB;
        this.#stage(event.stage).ranSeconds += event.seconds;
        this.#end(view, event.at);
        this.#say(event.at, 'ran', event.node, '');
        break;
      }
      case 'node-attempt-failed':
        this.#say(event.at, 'retry', event.node, `attempt ${event.attempt} failed: ${event.failure.message}`);
        this.#enter(event, 'queued');
        break;
      case 'node-failed': {
        const view = this.#enter(event, 'failed');
        view.failure = event.failure;
        if (this.failed.length < MOST_FAILED) this.failed.push(view);
        this.#end(view, event.at);
        this.#say(event.at, 'failed', event.node, event.failure.message);
        break;
      }
      case 'node-skipped': {
        const view = this.#enter(event, 'skipped');
        view.because = event.because;
        break;
      }
      case 'notice':
        this.#say(event.at, 'notice', null, event.text);
        break;
      case 'run-finished':
        this.finished = event;
        break;
    }
  }

  #stage(stage: string, nodes = 0, recordedSeconds: number | null = null): StageView {
    let view = this.stages.get(stage);
    if (view === undefined) {
      view = { stage, nodes, counts: noCounts(), recordedSeconds, ranSeconds: 0 };
      this.stages.set(stage, view);
    }
    return view;
  }

  /** The node, in the phase that it is in from now on. */
  #enter({ node, stage }: { readonly node: string; readonly stage: string }, phase: Phase): NodeView {
    const { counts } = this.#stage(stage);
    let view = this.#nodes.get(node);
    if (view === undefined) {
      view = {
        node,
        stage,
        phase,
        waitsFor: null,
        reason: '',
        state: null,
        seconds: null,
        peakMiB: null,
        failure: null,
        because: null,
        attempt: null,
      };
      this.#nodes.set(node, view);
    } else {
      counts[view.phase] -= 1;
      view.phase = phase;
    }
    counts[phase] += 1;
    this.#place(view);
    return view;
  }

  #place(view: NodeView): void {
    const place = this.places.indexOf(view);
    if (view.phase === 'running' && place < 0) {
      const free = this.places.indexOf(null);
      this.places[free < 0 ? this.places.length : free] = view;
    } else if (view.phase !== 'running' && place >= 0) this.places[place] = null;
  }

  /** A node that says something runs, even if its start was not heard. */
  #told(event: { readonly node: string; readonly stage: string }): NodeView {
    return this.#nodes.get(event.node) ?? this.#enter(event, 'running');
  }

  #start(event: NodeStarted): void {
    const { attempt, worker, backend, params, at } = event;
    const view = this.#enter(event, 'running');
    view.attempt = {
      attempt,
      worker,
      backend,
      params,
      startedAt: at,
      endedAt: null,
      progress: null,
      metrics: new Map(),
      log: [],
      forgottenLines: 0,
    };
  }

  #end(view: NodeView, at: number): void {
    if (view.attempt !== null) view.attempt.endedAt = at;
    this.ended.push(view);
    if (this.ended.length <= MOST_ENDED) return;
    const forgotten = this.ended.shift()!;
    // It may have been made again since.
    if (forgotten.phase !== 'running' && !this.failed.includes(forgotten) && !this.ended.includes(forgotten))
      forgotten.attempt = null;
  }

  #say(at: number, kind: FeedLine['kind'], node: string | null, text: string): void {
    this.feed.push({ at, kind, node, text: shortened(text) });
    if (this.feed.length > MOST_FEED) this.feed.shift();
  }
}

function noCounts(): Record<Phase, number> {
  return { waiting: 0, queued: 0, running: 0, hit: 0, 'cut-off': 0, ran: 0, failed: 0, skipped: 0 };
}

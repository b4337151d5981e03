/**
 * What the view knows about a run, from its events: the stages and their nodes, what runs, and what happened. It reads
 * no clock and writes nothing. The number of nodes bounds its memory, however much they tell: the metrics and the log
 * of an ended node are dropped once many others have ended after it.
 */
import type {
  Failure,
  NodeObserved,
  NodeSkipped,
  NodeStarted,
  Preparation,
  RunEvent,
  RunFinished,
  RunStarted,
} from '../../events.ts';
import {
  addLogLine,
  addMetric,
  addProgress,
  isRate,
  lossRank,
  newNode,
  type NodeView,
  type Phase,
  PHASES,
  shortened,
} from './node-view.ts';
import { ElsewhereView } from './elsewhere-view.ts';
import { pushingWords } from './pushing-words.ts';
import { ExperimentView } from './experiment-view.ts';
import { newStage, noCounts, type StageView } from './stage-view.ts';
import { waitingWords } from './waiting-words.ts';

/** One line about something that happened. */
export interface FeedLine {
  readonly at: number;
  readonly kind: 'log' | 'waiting' | 'ran' | 'retry' | 'failed' | 'notice';
  readonly node: string | null;
  readonly text: string;
  /** Why an attempt failed; null for all other lines. */
  readonly failure: Failure | null;
}

const MOST_FEED = 200;
const MOST_FAILED = 100;
/** How many ended nodes keep their metrics and logs. */
const MOST_ENDED = 100;

export class RunModel {
  /** What restage does before the run starts; undefined once it has started. */
  preparing: Preparation | undefined;
  run: RunStarted | undefined;
  finished: RunFinished | undefined;
  paused = false;
  /** Undefined if the run is not that of an experiment. */
  experiment: ExperimentView | undefined;
  /** In the order of the graph. */
  readonly stages = new Map<string, StageView>();
  readonly #nodes = new Map<string, NodeView>();
  /** Each running node keeps the place it took when it started, so that the view keeps still; a free place is null. */
  readonly places: (NodeView | null)[] = [];
  /** The first `MOST_FAILED` failed nodes. */
  readonly failed: NodeView[] = [];
  /** The latest nodes that ran or failed; the newest is the last. */
  readonly ended: NodeView[] = [];
  readonly feed: FeedLine[] = [];
  /** What is known of attempts that execute on other hosts. */
  readonly elsewhere = new ElsewhereView();
  /** Nodes whose states other processes make at the moment, and nodes for which a device is kept. */
  readonly waiting = new Set<NodeView>();
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
        if (event.experiment !== undefined) this.experiment = new ExperimentView(event.experiment);
        for (const { stage, nodes, seconds } of event.stages) this.#stage(stage, nodes, seconds);
        break;
      case 'run-paused':
        this.paused = event.paused;
        break;
      case 'node-hit': {
        const view = this.#enter(event, event.how);
        const maker = event.madeBy?.run ?? null;
        view.otherRun = maker === this.run?.run ? null : maker;
        view.remote = event.from ?? null;
        view.state = event.state;
        view.reason = event.accepted?.text ?? '';
        break;
      }
      case 'node-queued': {
        const view = this.#enter(event, 'queued');
        view.reason = event.reason;
        view.otherRun = null;
        break;
      }
      case 'node-held': {
        const isNews = (this.#nodes.get(event.node)?.held ?? null) === null;
        const view = this.#enter(event, 'queued');
        view.held = { stage: event.stage, more: event.more, until: event.at + 1000 * event.seconds };
        this.waiting.add(view);
        if (isNews) this.#say(event.at, 'waiting', event.node, waitingWords(view, event.at));
        break;
      }
      case 'node-waiting': {
        const view = this.#enter(event, 'waiting');
        view.otherRun = event.run;
        this.#say(event.at, 'waiting', event.node, waitingWords(view, event.at));
        break;
      }
      case 'node-observed':
        this.#observed(event);
        break;
      case 'node-started':
        this.#start(event);
        break;
      case 'node-progress': {
        const { attempt } = this.#told(event);
        if (attempt !== null) addProgress(attempt, event);
        const { tells } = this.#stage(event.stage);
        tells.progress = true;
        if (event.note !== null) tells.note = true;
        break;
      }
      case 'node-metric': {
        const { attempt } = this.#told(event);
        if (attempt !== null) addMetric(attempt, event.name, event.value, event.step);
        const { tells } = this.#stage(event.stage);
        if (!tells.loss) tells.loss = lossRank(event.name, event.step) > 0;
        if (!tells.rate) tells.rate = isRate(event.name);
        break;
      }
      case 'node-log': {
        const { attempt } = this.#told(event);
        if (attempt !== null) addLogLine(attempt, event.text);
        this.#say(event.at, 'log', event.node, event.text);
        break;
      }
      case 'node-undeclared':
        this.#say(event.at, 'notice', event.node, event.text);
        break;
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
        this.#say(event.at, 'retry', event.node, `attempt ${event.attempt}: ${event.failure.message}`, event.failure);
        this.#enter(event, 'queued');
        break;
      case 'node-failed': {
        const view = this.#enter(event, 'failed');
        view.failure = event.failure;
        if (this.failed.length < MOST_FAILED) this.failed.push(view);
        this.#end(view, event.at);
        this.#say(event.at, 'failed', event.node, event.failure.message, event.failure);
        break;
      }
      case 'node-skipped': {
        const view = this.#enter(event, phaseOfSkipped(event));
        view.because = event.because;
        break;
      }
      case 'experiment-run':
        this.experiment?.completed(event);
        break;
      case 'run-pushing':
        this.#say(event.at, 'notice', null, pushingWords(event));
        break;
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
      view = newStage(stage, nodes, recordedSeconds);
      this.stages.set(stage, view);
    }
    return view;
  }

  /** Moves the node to a phase. */
  #enter({ node, stage }: { readonly node: string; readonly stage: string }, phase: Phase): NodeView {
    const { counts } = this.#stage(stage);
    let view = this.#nodes.get(node);
    this.experiment?.moved(node, view?.phase, phase);
    if (view === undefined) {
      view = newNode(node, stage, phase);
      this.#nodes.set(node, view);
    } else {
      counts[view.phase] -= 1;
      view.phase = phase;
    }
    counts[phase] += 1;
    if (phase === 'running') this.elsewhere.started(node);
    else this.elsewhere.left(node);
    this.#place(view);
    view.held = null;
    if (phase === 'waiting') this.waiting.add(view);
    else this.waiting.delete(view);
    return view;
  }

  #place(view: NodeView): void {
    const place = this.places.indexOf(view);
    if (view.phase === 'running' && place < 0) {
      const free = this.places.indexOf(null);
      this.places[free < 0 ? this.places.length : free] = view;
    } else if (view.phase !== 'running' && place >= 0) this.places[place] = null;
  }

  /** A node that tells something runs, even if its start was not heard. */
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

  /** Many nodes may wait: they are counted. Only that a system stops answering is told, once for all of them. */
  #observed(event: NodeObserved): void {
    const { state, why } = event;
    const isOutage = state === 'unknown' && !this.elsewhere.isUnknownFor(why);
    this.elsewhere.observed(event);
    if (state === 'running') this.#stage(event.stage).tells.note = true;
    if (isOutage) this.#say(event.at, 'notice', event.node, why ?? 'nobody knows where it is');
  }

  #end(view: NodeView, at: number): void {
    if (view.attempt !== null) view.attempt.endedAt = at;
    this.ended.push(view);
    if (this.ended.length <= MOST_ENDED) return;
    const forgotten = this.ended.shift()!;
    // It may have been made again meanwhile.
    if (forgotten.phase !== 'running' && !this.failed.includes(forgotten) && !this.ended.includes(forgotten))
      forgotten.attempt = null;
  }

  #say(at: number, kind: FeedLine['kind'], node: string | null, text: string, failure: Failure | null = null): void {
    this.feed.push({ at, kind, node, text: shortened(text), failure });
    if (this.feed.length > MOST_FEED) this.feed.shift();
  }
}

function phaseOfSkipped({ because, left }: NodeSkipped): Phase {
  if (left !== undefined) return left === 'elsewhere' ? 'detached' : 'left';
  return because === null ? 'interrupted' : 'skipped';
}

/** Stages of many nodes, of which plain lines tell totals; in an experiment, every stage is one. */
import type { RunEvent, RunStarted } from '../../events.ts';
import { ExperimentLines } from './experiment-lines.ts';
import type { WriteLine } from './timed-lines.ts';

/** A node that is over. */
export type Ended = Extract<RunEvent, { readonly type: 'node-hit' | 'node-ran' | 'node-failed' | 'node-skipped' }>;

interface Crowd {
  readonly nodes: number;
  /** Those that came to an end of their own: hits, and nodes that ran or failed. */
  done: number;
  failed: number;
  /** Below a node that failed. */
  skipped: number;
  interrupted: number;
  /** To the next run, by one that was detached. */
  left: number;
  toldAt: number;
  isToldWaiting: boolean;
}

/** A stage of more nodes is summed up in totals. */
const CROWD = 20;
const PACE_MS = 5000;

export class Crowds {
  readonly #crowds = new Map<string, Crowd>();
  readonly #write: WriteLine;
  #experiment: ExperimentLines | undefined;

  constructor(write: WriteLine) {
    this.#write = write;
  }

  get experiment(): ExperimentLines | undefined {
    return this.#experiment;
  }

  begin(run: RunStarted): void {
    if (run.experiment !== undefined) this.#experiment = new ExperimentLines(run, run.experiment, this.#write);
    for (const { stage, nodes } of run.stages)
      if (nodes > CROWD || this.#experiment !== undefined)
        this.#crowds.set(stage, {
          nodes,
          done: 0,
          failed: 0,
          skipped: 0,
          interrupted: 0,
          left: 0,
          toldAt: run.at,
          isToldWaiting: false,
        });
  }

  has(stage: string): boolean {
    return this.#crowds.has(stage);
  }

  /** True if the node is one of many, and was only counted. */
  counted(event: Ended): boolean {
    const crowd = this.#crowds.get(event.stage);
    if (crowd === undefined) return false;
    if (this.#experiment === undefined) this.#count(crowd, event);
    else this.#experiment.ended(event.type, event.at);
    return true;
  }

  /** True if it is told already that nodes of this stage wait. */
  isToldWaiting(stage: string): boolean {
    const crowd = this.#crowds.get(stage);
    if (crowd === undefined) return false;
    const before = crowd.isToldWaiting;
    crowd.isToldWaiting = true;
    return before;
  }

  #count(crowd: Crowd, event: Ended): void {
    const { type, stage, at } = event;
    if (type !== 'node-skipped') crowd.done++;
    else if (event.because !== null) crowd.skipped++;
    else if (event.left === undefined) crowd.interrupted++;
    else crowd.left++;
    if (type === 'node-failed') crowd.failed++;
    const isOver = crowd.done + crowd.skipped + crowd.interrupted + crowd.left === crowd.nodes;
    // Hits are not news.
    if (type === 'node-hit' || (!isOver && at - crowd.toldAt < PACE_MS)) return;
    crowd.toldAt = at;
    const others = (['failed', 'skipped', 'interrupted', 'left'] as const).flatMap((what) =>
      crowd[what] === 0 ? [] : [`, ${crowd[what]} ${what}`],
    );
    const word = crowd.done === crowd.nodes ? 'done' : '...';
    this.#write(at, word, `${stage}: ${crowd.done} of ${crowd.nodes}${others.join('')}`);
  }
}

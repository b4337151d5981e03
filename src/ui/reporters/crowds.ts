/** Stages of many nodes, of which plain lines tell totals; in an experiment, every stage is one. */
import type { RunEvent, RunStarted } from '../../events.ts';
import { ExperimentLines } from './experiment-lines.ts';
import type { WriteLine } from './timed-lines.ts';

/** A node that is over. */
export type Ended = Extract<RunEvent, { readonly type: 'node-hit' | 'node-ran' | 'node-failed' | 'node-skipped' }>;

interface Crowd {
  readonly nodes: number;
  done: number;
  failed: number;
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
        this.#crowds.set(stage, { nodes, done: 0, failed: 0, toldAt: run.at, isToldWaiting: false });
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

  #count(crowd: Crowd, { type, stage, at }: Ended): void {
    crowd.done++;
    if (type === 'node-failed') crowd.failed++;
    const isComplete = crowd.done === crowd.nodes;
    // Hits are not news.
    if (type === 'node-hit' || (!isComplete && at - crowd.toldAt < PACE_MS)) return;
    crowd.toldAt = at;
    const failed = crowd.failed === 0 ? '' : `, ${crowd.failed} failed`;
    this.#write(at, isComplete ? 'done' : '...', `${stage}: ${crowd.done} of ${crowd.nodes}${failed}`);
  }
}

/**
 * What plain lines say about an experiment: how far the whole of it is, and each branch with a seed that is complete.
 */
import type { ExperimentOutline, ExperimentRun, RunStarted } from '../../events.ts';
import { formatNumber, plural } from '../text/format.ts';
import type { WriteLine } from './timed-lines.ts';

const PACE_MS = 5000;
/** Of more runs, only complete branches are told. */
const MOST_RUNS = 100;

export class ExperimentLines {
  readonly #outline: ExperimentOutline;
  readonly #nodes: number;
  readonly #write: WriteLine;
  /** For each branch, the values of its metrics with the seeds that are complete. */
  readonly #complete = new Map<string, ExperimentRun['values'][]>();
  #runs = 0;
  #ended = 0;
  #failed = 0;
  #hasRun = false;
  #toldAt: number;

  constructor({ nodes, at }: RunStarted, outline: ExperimentOutline, write: WriteLine) {
    this.#outline = outline;
    this.#nodes = nodes;
    this.#write = write;
    this.#toldAt = at;
  }

  ended(type: 'node-hit' | 'node-ran' | 'node-failed' | 'node-skipped', at: number): void {
    // It came to no end of its own: it is below one that failed, or the run was interrupted.
    if (type === 'node-skipped') return;
    this.#ended += 1;
    if (type === 'node-failed') this.#failed += 1;
    // Hits are not news.
    if (type === 'node-hit') return;
    this.#hasRun = true;
    if (at - this.#toldAt < PACE_MS) return;
    this.#toldAt = at;
    const failed = this.#failed === 0 ? '' : `, ${this.#failed} failed`;
    this.#write(
      at,
      '...',
      `${this.#ended} of ${plural(this.#nodes, 'node')}${failed}; ${this.#runs} of ${this.#outline.runs.length} runs complete`,
    );
  }

  completed({ at, branch, seed, values }: ExperimentRun): void {
    this.#runs += 1;
    const all = this.#complete.get(branch) ?? [];
    this.#complete.set(branch, [...all, values]);
    // What an earlier run had made is not news either.
    if (!this.#hasRun) return;
    const { runs } = this.#outline;
    if (runs.length <= MOST_RUNS) {
      this.#write(at, 'done', `${branch} with seed ${seed}${this.#valueWords([values])}`);
      return;
    }
    const seeds = runs.filter((run) => run.branch === branch).length;
    if (all.length + 1 === seeds)
      this.#write(at, 'done', `${branch} with ${plural(seeds, 'seed')}${this.#valueWords([...all, values])}`);
  }

  /** `: ams 2.061, loss 0.314`, each the mean over the seeds that have it. */
  #valueWords(each: readonly ExperimentRun['values'][]): string {
    const words = this.#outline.metrics.flatMap(({ name }) => {
      const values = each.flatMap((one) => one[name] ?? []);
      if (values.length === 0) return [];
      return [`${name} ${formatNumber(values.reduce((sum, value) => sum + value, 0) / values.length)}`];
    });
    return words.length === 0 ? '' : `: ${words.join(', ')}`;
  }
}

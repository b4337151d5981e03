/**
 * Writing attempts, with their metrics and log lines. Facts name an attempt by its task; ids are known to this file.
 */
import type { SqliteDatabase } from '../database/database.ts';
import type { Names } from '../database/names.ts';
import { lazily } from '../database/statements.ts';
import type { AttemptEnd, AttemptStart } from './facts.ts';
import type { GroupCommit } from './group-commit.ts';
import type { RowBuffer } from './row-buffer.ts';

type EndRow = [attempt: number, endedAt: number, compute: number | null, cpu: number | null, peak: number | null];

type MetricRow = [attempt: number, sequence: number, name: number, step: number | null, value: number | null];
type LineRow = [attempt: number, sequence: number, at: number, stream: string, text: string];

interface OpenAttempt {
  readonly id: number;
  metrics: number;
  lines: number;
}

export class AttemptWriter {
  readonly #commit: GroupCommit;
  readonly #names: Names;
  readonly #ends: RowBuffer<EndRow>;
  readonly #metrics: RowBuffer<MetricRow>;
  readonly #lines: RowBuffer<LineRow>;
  readonly #open = new Map<string, OpenAttempt>();
  readonly #sql;

  constructor(db: SqliteDatabase, commit: GroupCommit, names: Names) {
    this.#commit = commit;
    this.#names = names;
    this.#ends = commit.rows(
      5,
      (rows) => `INSERT INTO attempt_end (attempt, ended_at, compute, cpu_seconds, peak_bytes) VALUES ${rows}`,
    );
    this.#metrics = commit.rows(
      5,
      (rows) => `INSERT INTO metric (attempt, sequence, name, step, value) VALUES ${rows}`,
    );
    this.#lines = commit.rows(5, (rows) => `INSERT INTO log_line (attempt, sequence, at, stream, text) VALUES ${rows}`);
    this.#sql = lazily({
      insert: () =>
        db.prepare<[number, number, number, number, number]>(
          'INSERT INTO attempt (run, node, number, worker, started_at) VALUES (?, ?, ?, ?, ?)',
        ),
      insertFailure: () =>
        db.prepare<[number, string, string, string | null, number | null, string | null]>(
          'INSERT INTO attempt_failure (attempt, class, message, stack, exit_code, signal) VALUES (?, ?, ?, ?, ?, ?)',
        ),
    });
  }

  start({ task, run, node, number, worker, at }: AttemptStart): void {
    this.#commit.add(() => {
      const [nodeName, workerName] = [this.#names.intern(node), this.#names.intern(worker)];
      const inserted = this.#sql.insert.run(run, nodeName, number, workerName, at);
      this.#open.set(task, { id: Number(inserted.lastInsertRowid), metrics: 0, lines: 0 });
    });
  }

  /** @param value any number; NULL stands for NaN, which SQLite does not have */
  metric(task: string, name: string, step: number | null, value: number): void {
    this.#commit.add(() => {
      const attempt = this.#attempt(task);
      this.#metrics.add(
        attempt.id,
        attempt.metrics++,
        this.#names.intern(name),
        step,
        Number.isNaN(value) ? null : value,
      );
    });
  }

  logLine(task: string, at: number, stream: string, text: string): void {
    this.#commit.add(() => {
      const attempt = this.#attempt(task);
      this.#lines.add(attempt.id, attempt.lines++, at, stream, text);
    });
  }

  end(task: string, { at, compute, cpuSeconds, peakBytes, failure }: AttemptEnd): void {
    this.#commit.add(() => {
      const { id } = this.#attempt(task);
      this.#ends.add(id, at, compute === null ? null : this.#names.intern(compute), cpuSeconds, peakBytes);
      if (failure === null) return;
      const { class: failureClass, message, stack, exitCode, signal } = failure;
      this.#sql.insertFailure.run(id, failureClass, message, stack, exitCode, signal);
      this.#open.delete(task);
    });
  }

  /** The id of an attempt that succeeded and of which nothing more is told: only inside a write transaction. */
  close(task: string): number {
    const { id } = this.#attempt(task);
    this.#open.delete(task);
    return id;
  }

  #attempt(task: string): OpenAttempt {
    const attempt = this.#open.get(task);
    if (attempt === undefined) throw new Error(`internal error: attempt ${task} was not started`);
    return attempt;
  }
}

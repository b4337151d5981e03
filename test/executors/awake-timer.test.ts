import { describe, expect, test } from 'vitest';
import { type AwakeTimer, awakeTimeout } from '../../src/executors/awake-timer.ts';

/** A process on a clock of its own. */
class World {
  time = 0;
  cpu = 0;
  readonly firedAt: number[] = [];
  #next: { readonly at: number; readonly work: () => void } | undefined;

  readonly now = (): number => this.time;
  readonly computed = (): number => this.cpu;
  readonly after = (milliseconds: number, work: () => void): (() => void) => {
    const entry = { at: this.time + milliseconds, work };
    this.#next = entry;
    return () => {
      if (this.#next === entry) this.#next = undefined;
    };
  };

  timer(milliseconds: number): AwakeTimer {
    return awakeTimeout(() => this.firedAt.push(this.time), milliseconds, this);
  }

  /** Time passes, and timers are on time. */
  wait(milliseconds: number): void {
    const end = this.time + milliseconds;
    while (this.#next !== undefined && this.#next.at <= end) this.#fire(this.#next.at);
    this.time = end;
  }

  /** The process is stopped, or computes, for so long; what is due comes after it, all at once. */
  away(milliseconds: number, computing = 0): void {
    this.time += milliseconds;
    this.cpu += computing;
    const due = this.#next;
    if (due !== undefined && due.at <= this.time) this.#fire(this.time);
  }

  #fire(at: number): void {
    const { work } = this.#next!;
    this.#next = undefined;
    this.time = at;
    work();
  }
}

describe('a timer that counts the time in which the process could run', () => {
  test.each([1, 900, 1000, 1001, 60_000, 30 * 86_400_000])('fires after %s ms', (milliseconds) => {
    const world = new World();
    world.timer(milliseconds);
    world.wait(milliseconds - 1);
    expect(world.firedAt).toEqual([]);
    world.wait(1);
    expect(world.firedAt).toEqual([milliseconds]);
    world.wait(milliseconds);
    expect(world.firedAt).toHaveLength(1);
  });

  test('goes on after the process was stopped, and counts at most a second of the pause', () => {
    const world = new World();
    world.timer(60_000);
    world.wait(30_000);
    world.away(85_000);
    world.away(85_000);
    expect(world.firedAt).toEqual([]);
    world.wait(27_000);
    expect(world.firedAt).toEqual([]);
    world.wait(3001);
    expect(world.firedAt).toHaveLength(1);
  });

  test('that is due after a pause leaves time for the answers that have come meanwhile', () => {
    const world = new World();
    world.timer(500);
    world.away(85_000);
    expect(world.firedAt).toEqual([]);
    world.wait(99);
    expect(world.firedAt).toEqual([]);
    world.wait(1);
    expect(world.firedAt).toHaveLength(1);
  });

  test('counts the time in which the process computes', () => {
    const world = new World();
    world.timer(60_000);
    world.wait(10_000);
    world.away(55_000, 55_000);
    world.wait(100);
    expect(world.firedAt).toEqual([65_100]);
  });

  test('starts again when it is refreshed, also after it has fired, and not when it is cleared', () => {
    const world = new World();
    const timer = world.timer(3000);
    world.wait(2000);
    timer.refresh();
    world.wait(2999);
    expect(world.firedAt).toEqual([]);
    world.wait(1);
    timer.refresh();
    world.wait(3000);
    expect(world.firedAt).toEqual([5000, 8000]);
    timer.refresh();
    timer.clear();
    world.wait(10_000);
    expect(world.firedAt).toHaveLength(2);
  });
});

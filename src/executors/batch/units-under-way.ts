/** The units whose jobs may be waiting or running, and in which order they are looked at. */
import type { NamedJob, ObservedJob } from './contract.ts';
import type { Look, UnitUnderWay } from './unit-under-way.ts';

/** So long, in milliseconds, units are looked at in one turn. */
const LONGEST_TURN_MS = 300;

export class UnitsUnderWay {
  /** By name, those that were looked at longest ago first. */
  readonly #units = new Map<string, UnitUnderWay>();

  get size(): number {
    return this.#units.size;
  }

  get all(): readonly UnitUnderWay[] {
    return [...this.#units.values()];
  }

  get(name: string): UnitUnderWay | undefined {
    return this.#units.get(name);
  }

  add(unit: UnitUnderWay): void {
    this.#units.set(unit.name, unit);
  }

  /**
   * Looks at these units, and forgets those whose tasks have all ended. True if something is new, or not all had a
   * turn.
   */
  look(
    units: readonly UnitUnderWay[],
    look: (unit: UnitUnderWay) => Look,
    heard: (unit: UnitUnderWay, found: Look) => void,
  ): boolean {
    const until = performance.now() + LONGEST_TURN_MS;
    let isNew = false;
    for (const unit of units) {
      // The others come first the next time: directories of a slow file server must not hold up the run.
      if (performance.now() > until) {
        isNew = true;
        break;
      }
      this.#units.delete(unit.name);
      this.#units.set(unit.name, unit);
      const found = look(unit);
      if (found.events.length > 0) isNew = true;
      heard(unit, found);
    }
    this.forgetEnded(units);
    return isNew;
  }

  forgetEnded(units: readonly UnitUnderWay[]): void {
    for (const unit of units) if (unit.live.length === 0) this.#units.delete(unit.name);
  }

  /** The jobs of which nobody wants anything any more: those that were seen now, by the names of their units. */
  unwanted(jobs: ReadonlyMap<string, ObservedJob> | undefined): readonly NamedJob[] {
    return this.all.flatMap(({ name, isWanted, isWhole }) => {
      const job = jobs?.get(name);
      return isWanted || !isWhole || job === undefined || job.state === 'ended' ? [] : [{ unit: name, job: job.job }];
    });
  }
}

/** Node's order of evaluating units, and what goes wrong in it. */
import type { Unit } from './module-record.ts';
import type { UnitGraph } from './unit-graph.ts';

export class NodeOrder {
  readonly #graph: UnitGraph;
  readonly #position: ReadonlyMap<string, number>;

  /** @param files in the order in which Node evaluates them. */
  constructor(files: readonly string[], graph: UnitGraph) {
    this.#graph = graph;
    this.#position = new Map(files.map((file, index) => [file, index]));
  }

  readonly compare = (a: Unit, b: Unit): number =>
    (this.#position.get(a.file) ?? 0) - (this.#position.get(b.file) ?? 0) || a.index - b.index;

  /**
   * Whether a unit may read a binding that Node has not initialised then, as in a circle of imports: only Node's own
   * order gives the same error, or the same undefined.
   */
  isTooEarly(unit: Unit): boolean {
    return this.#graph.evaluated(unit).some((target) => {
      // A var finds itself undefined in any order, as an enum does.
      if (target.kind === 'function' || (target === unit && unit.keyword === 'var')) return false;
      return this.compare(target, unit) >= 0;
    });
  }
}

/** What the linker needs to know about evaluating a unit. Types only. */
import type { Unit } from './module-record.ts';

export interface UnitEffects {
  /**
   * Evaluating it may do more than make its own value, so it belongs to every stage that reaches its module. Undefined
   * if it is proven not to.
   */
  readonly effect: string | undefined;
  /** Its value may depend on when it is evaluated: it reads what effects elsewhere may change. */
  readonly readsState: boolean;
  /** Evaluating it may call functions, so that what they refer to must be there. */
  readonly callsFunctions: boolean;
  /** The units whose values it reads, in functions that it calls too; undefined where that is not known. */
  readonly reads: ReadonlySet<Unit> | undefined;
  /** Which of the names that it declares are schemas or stages. */
  readonly kinds: ReadonlyMap<string, 'schema' | 'stage'>;
}

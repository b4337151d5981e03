/** What the evaluation of one unit asks about the other units. Types only. */
import type { Value } from './value.ts';

export interface World {
  /** The value of a name that no scope inside the unit declares. @param start where it stands */
  valueOf(file: string, name: string): Value;
  /** The value of what a module exports by a name. */
  exportOf(file: string, name: string): Value;
  /** How a name at this place uses the top level of the module or the world; undefined for a local variable. */
  outerUse(file: string, start: number): 'read' | 'write' | 'binding' | undefined;
}

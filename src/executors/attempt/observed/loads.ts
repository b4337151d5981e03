/**
 * What modules reached while they were loaded. A process loads a module once, for the first attempt that needs it; the
 * attempts after that use what it read then.
 */
import type { Task } from '../../contract.ts';
import type { Caller } from './caller.ts';
import type { Source } from './source.ts';

interface Load {
  readonly source: Source;
  readonly caller: Pick<Caller, 'place'>;
}

/** By the package's name or, for a stage's own modules, by the path of its bundle. */
const loads = new Map<string, Map<string, Load>>();

export const Loads = {
  add(task: Task, source: Source, { owner, place }: Caller): void {
    const key = owner?.type === 'package' ? owner.name : task.module;
    const known = loads.get(key) ?? new Map<string, Load>();
    loads.set(key, known);
    if (!known.has(source.key)) known.set(source.key, { source, caller: { place } });
  },

  /** Of the task's own modules and of its packages. */
  of({ module, declares }: Task): readonly Load[] {
    return [module, ...declares.packages].flatMap((key) => [...(loads.get(key)?.values() ?? [])]);
  },
};

/** What a process gives the attempts that execute in it. */
import type { ComputeBackend } from '../../core/authoring/stage.ts';
import type { Task } from '../contract.ts';
import type { ObjectStore } from '../../store/objects/object-store.ts';
import type { Isolation } from './isolation.ts';
import type { ObservedPlace } from './observed/file-access.ts';
import type { AttemptEvent } from './outcome.ts';

export interface AttemptHost {
  readonly store: ObjectStore;
  readonly clock: () => number;
  readonly emit: (event: AttemptEvent) => void;
  /** The backend of this name, which is what the task's key says. */
  readonly openBackend: (name: string, computes: Task['computes']) => Promise<ComputeBackend>;
  readonly isolation: Isolation;
  /** Called before the end, to emit output that is still buffered. */
  readonly flush?: () => void;
  /** Given where the observers are in place in this process. */
  readonly observed?: ObservedPlace;
}

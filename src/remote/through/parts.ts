/** What both directions of a run's traffic with a remote work on. */
import type { Cache } from '../../store/cache.ts';
import type { Remote } from '../remote.ts';
import type { RemoteStates } from './remote-states.ts';
import type { RemoteProblems } from './remote-problems.ts';

export interface Parts {
  readonly cache: Cache;
  readonly remote: Remote;
  readonly states: RemoteStates;
  readonly problems: RemoteProblems;
  /** Ends what goes on. */
  readonly signal: AbortSignal;
}

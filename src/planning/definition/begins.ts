/** A listener for slow activities that begin before a run can start. */
import type { Preparation } from '../../events.ts';

export type Begins = (activity: Preparation) => void;

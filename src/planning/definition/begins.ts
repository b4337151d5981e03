/** Who is told that something slow begins before a run can start. */
import type { Preparation } from '../../events.ts';

export type Begins = (activity: Preparation) => void;

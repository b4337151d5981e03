/** How many attempts go on at once, by default. */
import { availableParallelism } from 'node:os';

export function defaultJobs(): number {
  return availableParallelism();
}

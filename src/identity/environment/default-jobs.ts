/** How much executes at once where nobody says it: as much as this machine has processors for this process. */
import { availableParallelism } from 'node:os';

export function defaultJobs(): number {
  return availableParallelism();
}

/** What the host of this job is called. */
import { hostname } from 'node:os';

/** As its batch system calls it, where that is told: Slurm may have another name for a host than the host itself. */
export function hostName(env: NodeJS.ProcessEnv): string {
  return env['SLURMD_NODENAME'] ?? hostname();
}

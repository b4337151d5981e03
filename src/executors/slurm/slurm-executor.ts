/** Executes tasks as jobs of Slurm. */
import { unitProgram } from '../batch/unit-program.ts';
import { BatchExecutor } from '../batch/batch-executor.ts';
import type { Pace } from '../batch/pace.ts';
import type { ExecutorParts } from '../registry.ts';
import { SlurmSystem } from './slurm-system.ts';

/** @param pace for tests: a cluster of one machine shows files at once */
export function slurmExecutor(
  { cacheDirectory, projectRoot, onEvent, gracefulMs, slurm = {}, env = process.env }: Omit<ExecutorParts, 'jobs'>,
  pace?: Partial<Pace>,
): BatchExecutor {
  return new BatchExecutor({
    system: new SlurmSystem({ cacheDirectory, options: slurm, env }),
    cacheDirectory,
    projectRoot,
    onEvent,
    program: unitProgram(),
    gracefulMs,
    pace,
  });
}

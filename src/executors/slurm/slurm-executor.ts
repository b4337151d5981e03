/** Executes tasks as jobs of Slurm. */
import type { BatchExecutor } from '../batch/batch-executor.ts';
import { type BatchParts, openBatchExecutor } from '../batch/open-batch-executor.ts';
import { SlurmSystem } from './slurm-system.ts';

export function slurmExecutor(parts: BatchParts): BatchExecutor {
  const { cacheDirectory, batch = {}, env } = parts;
  return openBatchExecutor(new SlurmSystem({ cacheDirectory, options: batch.slurm ?? {}, env }), parts);
}

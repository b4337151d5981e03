/** Executes tasks as jobs of HTCondor. */
import type { BatchExecutor } from '../batch/batch-executor.ts';
import { type BatchParts, openBatchExecutor } from '../batch/open-batch-executor.ts';
import { CondorSystem } from './condor-system.ts';

export function condorExecutor(parts: BatchParts): BatchExecutor {
  const { cacheDirectory, batch = {}, env } = parts;
  return openBatchExecutor(new CondorSystem({ cacheDirectory, options: batch.condor ?? {}, env }), parts);
}

/** From a batch system to the executor that uses it. */
import type { ExecutorEvent } from '../contract.ts';
import { BatchExecutor } from './batch-executor.ts';
import type { BatchSystem } from './contract.ts';
import { unitProgram } from './unit-program.ts';

export interface BatchParts {
  readonly cacheDirectory: string;
  readonly projectRoot: string;
  readonly onEvent: (event: ExecutorEvent) => void;
  readonly gracefulMs?: number;
}

export function openBatchExecutor(
  system: BatchSystem,
  { cacheDirectory, projectRoot, onEvent, gracefulMs }: BatchParts,
): BatchExecutor {
  return new BatchExecutor({
    system,
    cacheDirectory,
    projectRoot,
    onEvent,
    program: unitProgram(),
    gracefulMs,
  });
}

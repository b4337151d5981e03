/** Executes tasks as jobs of Slurm. */
import { unitProgram } from '../batch/unit-program.ts';
import { BatchExecutor } from '../batch/batch-executor.ts';
import type { Pace } from '../batch/pace.ts';
import type { SlurmPolicy } from '../../core/authoring/policy.ts';
import type { ExecutorEvent } from '../contract.ts';
import { SlurmSystem } from './slurm-system.ts';

interface SlurmParts {
  readonly cacheDirectory: string;
  readonly projectRoot: string;
  readonly onEvent: (event: ExecutorEvent) => void;
  readonly gracefulMs?: number;
  /** What every job asks for, unless it says otherwise itself. */
  readonly slurm?: SlurmPolicy;
  readonly env?: NodeJS.ProcessEnv;
}

/** @param pace for tests: a cluster of one machine shows files at once */
export function slurmExecutor(
  { cacheDirectory, projectRoot, onEvent, gracefulMs, slurm = {}, env = process.env }: SlurmParts,
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

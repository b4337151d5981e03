/** The executor of batch systems, as any other: on a system whose jobs are processes of this machine. */
import type * as Executors from '../../src/executors/batch/batch-executor.ts';
import type * as Programs from '../../src/executors/batch/unit-program.ts';
import { testExecutor } from '../contracts/executor-contract.ts';
import { builtModule } from '../helpers/built.ts';
import { ProcessSystem } from '../helpers/process-system.ts';

const { BatchExecutor } = (await import(builtModule('executors/batch/batch-executor.ts'))) as typeof Executors;
const { unitProgram } = (await import(builtModule('executors/batch/unit-program.ts'))) as typeof Programs;

testExecutor(
  'batch',
  (parts) =>
    new BatchExecutor({
      ...parts,
      system: new ProcessSystem(),
      projectRoot: parts.cacheDirectory,
      program: unitProgram(),
      pace: { lookMs: 50, gatherMs: 5, graceMs: 500, scouts: 4, spread: 2 },
    }),
  builtModule,
);

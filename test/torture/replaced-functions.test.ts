/** Every built-in function, replaced by a stage; in workers a part of them, since each takes another process. */
import { InProcessExecutor } from '../../src/executors/in-process/in-process-executor.ts';
import type * as Built from '../../src/executors/worker/worker-executor.ts';
import { testReplacedFunctions } from '../contracts/replaced-functions.ts';
import { builtModule } from '../helpers/built.ts';

const { WorkerExecutor } = (await import(builtModule('executors/worker/worker-executor.ts'))) as typeof Built;

testReplacedFunctions(
  'in-process',
  Number.POSITIVE_INFINITY,
  (parts) => new InProcessExecutor({ ...parts, projectRoot: parts.cacheDirectory }),
);
testReplacedFunctions(
  'worker',
  60,
  (parts) => new WorkerExecutor({ ...parts, projectRoot: parts.cacheDirectory, workers: 1 }),
  builtModule,
);

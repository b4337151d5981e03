/**
 * A state on record verified with the executor of this process, so that no verdict starts a process. How the command
 * line comes to its verdicts, and what only a process of its own shows, is in test/e2e/verify.test.ts.
 */
import type * as Verifiers from '../../../src/audit/verify/verifier.ts';
import type { StateVerdict } from '../../../src/audit/verify/verdict.ts';
import type * as Environments from '../../../src/identity/environment/environment.ts';
import type * as Executors from '../../../src/executors/in-process/in-process-executor.ts';
import type * as Backends from '../../../src/identity/compute/backend.ts';
import type * as Planned from '../../../src/planning/repetition/repetitions.ts';
import type * as Caches from '../../../src/store/cache.ts';
import { builtModule } from '../../helpers/built.ts';
import type { InProcessProject } from '../../helpers/in-process-project.ts';

// As they were built: stages import the built restage, and its errors have to be the same classes.
const { Verifier } = (await import(builtModule('audit/verify/verifier.ts'))) as typeof Verifiers;
const { Repetitions } = (await import(builtModule('planning/repetition/repetitions.ts'))) as typeof Planned;
const { backendSearchIn } = (await import(builtModule('identity/compute/backend.ts'))) as typeof Backends;
const { environmentFacts } = (await import(builtModule('identity/environment/environment.ts'))) as typeof Environments;
const { InProcessExecutor } = (await import(
  builtModule('executors/in-process/in-process-executor.ts')
)) as typeof Executors;
const { Cache } = (await import(builtModule('store/cache.ts'))) as typeof Caches;

/** The verdict on the latest state of a node. */
export async function verifyHere(
  { root, cache: cacheDirectory }: InProcessProject,
  node: string,
  { seeds = 0, relative = 0 }: { readonly seeds?: number; readonly relative?: number } = {},
): Promise<StateVerdict> {
  const cache = Cache.open(cacheDirectory);
  const search = backendSearchIn(cache, { root }, () => Promise.resolve({ list: [], absence: 'no test computes' }));
  const verifier = new Verifier(cache, new Repetitions(cache, { root, search }), {
    ...{ id: 'verify-here', tolerance: { ulp: 0, relative }, seeds, tell: () => undefined },
    environment: environmentFacts().facts,
    open: (onEvent) => new InProcessExecutor({ cacheDirectory, projectRoot: root, onEvent }),
  });
  try {
    const { state } = cache.query.visits.latest(node)!;
    return await verifier.verify(cache.query.states.get(state!.id)!);
  } finally {
    await verifier.close();
    cache.close();
  }
}

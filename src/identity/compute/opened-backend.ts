/** Whether a backend that a worker has opened is the one that the key of its task names. */
import type { BackendIdentity } from '../../core/identity/backend-identity.ts';
import type { ComputeBackend } from '../../core/authoring/stage.ts';
import { BackendError } from '../../errors.ts';
import type { AdapterFacts } from '../../ml/backends/adapter.ts';
import { driverWords } from './driver-words.ts';
import { misfitOf } from './misfit.ts';

/**
 * Checks a backend that was opened: it is what the key names, as far as it tells.
 * @throws BackendError if it is another one
 */
export function checkOpened(backend: ComputeBackend, wanted: BackendIdentity): void {
  const adapter = 'adapter' in backend ? (backend as OnAdapter).adapter : undefined;
  const found = {
    ...wanted,
    version: backend.version,
    ...(adapter && { device: adapter.name, driver: driverWords(adapter) }),
  };
  if (found.version === wanted.version && found.device === wanted.device && found.driver === wanted.driver) return;
  const { has, wants } = misfitOf(wanted, found);
  throw new BackendError(
    `The worker computes with ${has}, and the key names ${wants}: something has changed since the run began; run again.`,
  );
}

interface OnAdapter extends ComputeBackend {
  readonly adapter: AdapterFacts;
}

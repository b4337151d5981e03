/** The libraries of the backends that a request may mean, as they are installed here. */
import type { Digest } from '../../core/identity/digest.ts';
import { BackendError } from '../../errors.ts';
import type { BackendSearch } from './backend.ts';

/**
 * By backend, in the order in which they are tried; null for one that is not installed. @throws BackendError for an
 * unknown one
 */
export async function packagesHere(
  asked: string,
  device: string,
  { digestOf, projectRoot }: Pick<BackendSearch, 'digestOf' | 'projectRoot'>,
): Promise<readonly (Digest | null)[]> {
  const { describeBackend } = await import('../../ml/backends/backends.ts');
  const { backendEntry, gpuBackends, SOFTWARE_BACKEND } = await import('../../ml/backends/registry.ts');
  const auto = device === 'software' ? [SOFTWARE_BACKEND] : gpuBackends();
  const names = asked === 'auto' ? auto : [backendEntry(asked).name];
  return Promise.all(
    names.map(async (name) => {
      try {
        return (await describeBackend(name, digestOf, projectRoot)).digest;
      } catch (error) {
        if (error instanceof BackendError) return null;
        throw error;
      }
    }),
  );
}

/** The backends that are tested here: restage's own, and tfjs-node where its fixture was fetched. */
import { beforeAll, beforeEach } from 'vitest';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import type { PortableBackend } from '../../../src/ml/portable/backend.ts';
import type { TensorFlowBackend } from '../../../src/ml/tensorflow/backend.ts';
import { NO_TENSORFLOW, tensorflowProject } from '../../helpers/tensorflow-fixture.ts';

export const includedBackends = ['portable', 'tfjs-cpu', 'tfjs-wasm'] as const;
export const testedBackends = [...includedBackends, 'tfjs-node'] as const;

/** Opens the backend for the tests of this `describe`, which skip if it is not installed. */
export function useBackend(
  name: (typeof testedBackends)[number],
  take: (backend: PortableBackend | TensorFlowBackend) => void,
): void {
  const isMissing = name === 'tfjs-node' && tensorflowProject === undefined;
  beforeAll(async () => {
    if (!isMissing) take(await openBackend(name, tensorflowProject));
  });
  beforeEach(({ skip }) => skip(isMissing, NO_TENSORFLOW));
}

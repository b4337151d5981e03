/**
 * The backends that are tested here: restage's own, and tfjs-node where its fixture was fetched. The test project `gpu`
 * runs the same tests on a GPU instead.
 */
import { beforeAll, beforeEach } from 'vitest';
import type { ComputeBackend } from '../../../src/core/authoring/stage.ts';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import { hasTestedGpu, NO_GPU, testedWebGpu } from '../../helpers/software-gpu.ts';
import { NO_TENSORFLOW, tensorflowProject } from '../../helpers/tensorflow-fixture.ts';

export const includedBackends = ['portable', 'tfjs-cpu', 'tfjs-wasm'] as const;

type TestedBackend = (typeof includedBackends)[number] | 'tfjs-node' | 'tfjs-webgpu';

const isOnGpu = process.env['RESTAGE_TESTED_GPU'] !== undefined;

export const testedBackends: readonly TestedBackend[] = isOnGpu ? ['tfjs-webgpu'] : [...includedBackends, 'tfjs-node'];

/** Opens the backend for the tests of this `describe`, which skip if it is not installed. */
export function useBackend(name: TestedBackend, take: (backend: ComputeBackend) => void): void {
  const { isMissing, why } =
    name === 'tfjs-webgpu'
      ? { isMissing: !hasTestedGpu, why: NO_GPU }
      : { isMissing: name === 'tfjs-node' && tensorflowProject === undefined, why: NO_TENSORFLOW };
  beforeAll(async () => {
    if (!isMissing) take(await (name === 'tfjs-webgpu' ? testedWebGpu() : openBackend(name, tensorflowProject)));
  });
  beforeEach(({ skip }) => skip(isMissing, why));
}

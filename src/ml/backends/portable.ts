/** The backend `portable`: restage's own kernels, with the same bits on every machine. */
import type { PortableBackend } from '../portable/backend.ts';
import { compiledMachines, KERNELS, scalarMachine } from '../portable/machine.ts';
import type { BackendEntry } from './backend-entry.ts';

/** Version of the kernels, for people; for the cache, the digest of their binary tells versions apart. */
const VERSION = '2';

export const portable: BackendEntry<'portable', PortableBackend> = {
  name: 'portable',
  device: 'cpu',
  find: () => ({ version: VERSION, versions: `portable\n${VERSION}\n`, files: [KERNELS] }),
  start: () => {
    // Compiled kernels where the engine takes them; else the same in TypeScript, which change no bits.
    const machine = compiledMachines() ?? scalarMachine;
    return Promise.resolve({ kind: 'portable', name: 'portable', version: VERSION, device: 'cpu', machine });
  },
};

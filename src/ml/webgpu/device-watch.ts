/**
 * What goes wrong on a device. WebGPU tells it later, by an event or a promise, and goes on as if nothing had happened: whoever
 * uses the device asks here before and after.
 */
import { BackendError } from '../../errors.ts';

/** The device, or its process's share of it, has no memory left. */
export class DeviceMemoryError extends BackendError {}

export class DeviceWatch {
  #failure: BackendError | undefined;

  constructor(device: GPUDevice) {
    void device.lost.then(({ reason, message }) => {
      this.#fail(new BackendError(`The GPU was lost (${reason}): ${sentence(message)}`));
    });
    device.addEventListener('uncapturederror', (event) => {
      const { error } = event;
      // Dawn would print it as well.
      event.preventDefault();
      this.#fail(
        isMemory(error)
          ? new DeviceMemoryError(`The GPU has no memory left for this network: ${sentence(error.message)}`)
          : new BackendError(`The GPU refused an operation: ${sentence(error.message)}`),
      );
    });
  }

  /** @throws BackendError if something has gone wrong since the device was opened; DeviceMemoryError for lack of memory. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits for what the device promised. @throws as `check`, and instead of what a lost device makes the promise reject with */
  async settled<T>(promised: Promise<T>): Promise<T> {
    try {
      return await promised;
    } catch (error) {
      // A device that is being lost says so after it has refused what was under way.
      await new Promise((resume) => setTimeout(resume, LOST_MS));
      this.check();
      throw error;
    } finally {
      this.check();
    }
  }

  #fail(failure: BackendError): void {
    this.#failure ??= failure;
  }
}

/** How long a loss may be told after its first effect. */
const LOST_MS = 50;

const watches = new WeakMap<GPUDevice, DeviceWatch>();

/** The watch of a device: from the first call on. */
export function watchOf(device: GPUDevice): DeviceWatch {
  const known = watches.get(device) ?? new DeviceWatch(device);
  watches.set(device, known);
  return known;
}

/** Not by `instanceof`: its class is a global only in browsers. */
function isMemory(error: GPUError): boolean {
  return error.constructor.name === 'GPUOutOfMemoryError';
}

/** The first line, as the end of a sentence. */
function sentence(message: string): string {
  const line = message.split('\n', 1)[0]!.trim();
  return /[.!]$/.test(line) ? line : `${line === '' ? 'it says no more' : line}.`;
}

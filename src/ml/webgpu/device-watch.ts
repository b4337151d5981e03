/**
 * What goes wrong on a device. WebGPU tells it later, by an event or a promise, and goes on as if nothing had happened:
 * whoever uses the device asks here before and after.
 */
import type { DeviceError } from '../../errors.ts';
import { deviceError, lossError } from './device-errors.ts';

class DeviceWatch {
  #failure: DeviceError | undefined;

  constructor(device: GPUDevice) {
    void device.lost.then((info) => (this.#failure ??= lossError(info)));
    device.addEventListener('uncapturederror', (event) => {
      // Dawn would print it as well.
      event.preventDefault();
      this.#failure ??= deviceError(event.error);
    });
  }

  /** @throws DeviceError if something has gone wrong since the device is watched */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Waits for what the device promised. @throws DeviceError, also instead of what a lost device makes the promise
   * reject with
   */
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

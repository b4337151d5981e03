/** Which of the listed devices a run takes: those of one model, since a key names one. */
import { BackendError } from '../../errors.ts';
import type { Device, Devices } from './devices.ts';

/** What was asked for: any GPU, the one with this id, a software adapter, or devices of a model that is on record. */
export type Wanted =
  | { readonly type: 'gpu' | 'software' }
  | { readonly type: 'one'; readonly id: string }
  | { readonly type: 'model'; readonly name: string };

/** There is no device such as was asked for. */
export class NoDeviceError extends BackendError {
  /** Why, as a clause. */
  readonly lack: string;

  constructor(lack: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.lack = lack;
  }
}

/** Devices of one model, at least one. @throws NoDeviceError */
export function chooseDevices(backend: string, wanted: Wanted, { list, absence }: Devices): readonly Device[] {
  const gpus = list.filter(({ adapter }) => adapter?.isSoftware !== true);
  switch (wanted.type) {
    case 'gpu':
      if (gpus.length === 0) throw noGpu(backend, absence);
      return sameModel(able(backend, gpus));
    case 'one': {
      if (gpus.length === 0) throw noGpu(backend, absence);
      const one = gpus.filter(({ id }) => id === wanted.id);
      if (one.length > 0) return able(backend, one);
      const lack = `there is no device ${wanted.id} here`;
      const others = gpus.map(({ id, name }) => `${id} (${name})`).join(', ');
      throw new NoDeviceError(lack, `There is no device ${wanted.id} here; choose one of ${others}.`);
    }
    case 'software': {
      const software = list.filter(({ adapter }) => adapter?.isSoftware === true);
      if (software.length > 0) return sameModel(able(backend, software));
      const lack = gpus.length > 0 ? 'WebGPU lists GPUs alone' : absence;
      throw new NoDeviceError(
        lack,
        `There is no software adapter for the backend ${backend} (${lack}); use --device cpu, or omit --device.`,
      );
    }
    case 'model': {
      const same = list.filter(({ name }) => name === wanted.name);
      return same.length > 0 ? able(backend, same) : chooseDevices(backend, { type: 'gpu' }, { list, absence });
    }
  }
}

function noGpu(backend: string, absence: string): NoDeviceError {
  return new NoDeviceError(
    `there is no GPU (${absence})`,
    `There is no GPU for the backend ${backend} (${absence}); use --device cpu, or omit --device.`,
  );
}

/** Without the adapters that lack something. @throws NoDeviceError if none is left */
function able(backend: string, devices: readonly Device[]): readonly Device[] {
  const left = devices.filter(({ adapter }) => (adapter?.lack ?? null) === null);
  if (left.length > 0) return left;
  const { id, name, adapter } = devices[0]!;
  const lack = `${id} (${name}) cannot compute for restage, since ${adapter!.lack!}`;
  throw new NoDeviceError(lack, `For the backend ${backend}, ${lack}; use another device, or --device cpu.`);
}

/** Those of the same model as the first one. */
function sameModel(list: readonly Device[]): readonly Device[] {
  return list.filter(({ name }) => name === list[0]!.name);
}

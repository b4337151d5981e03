/**
 * The devices that a batch system has given to a job. A host may show a job more than that. Then nothing is taken of
 * which it is not known whose it is: CUDA_VISIBLE_DEVICES is heeded where each list is made, and what it leaves open
 * here.
 */
import type { Device, DeviceProbe, Devices } from './devices.ts';

/**
 * @param given how many GPUs the job has asked for; 0 where the site gives none out, so that a job has those of its
 * host
 * @param visible the job's CUDA_VISIBLE_DEVICES
 */
export function givenDevices(probe: DeviceProbe, given: number, visible: string | undefined): DeviceProbe {
  return async (family, projectRoot) => {
    const found = await probe(family, projectRoot);
    return given === 0 ? found : withoutOthers(found, given, visible);
  };
}

function withoutOthers({ list, absence }: Devices, given: number, visible: string | undefined): Devices {
  const isOurs = (device: Device): boolean => {
    const maker = makerOf(device);
    if (device.adapter?.isSoftware === true || (maker === NVIDIA && visible !== undefined)) return true;
    return list.filter((other) => makerOf(other) === maker).reduce((sum, other) => sum + countOf(other), 0) <= given;
  };
  const ours = list.filter(isOurs);
  const other = list.find((device) => !isOurs(device));
  if (other === undefined || ours.some(({ adapter }) => adapter?.isSoftware !== true)) return { list: ours, absence };
  return {
    list: ours,
    absence: `the job was given ${given} of the GPUs that it sees (${namesOf(list)}), and nothing says which`,
  };
}

const NVIDIA = 'nvidia';

function makerOf({ adapter }: Device): string | undefined {
  return adapter === undefined ? NVIDIA : adapter.isSoftware ? undefined : adapter.vendor;
}

function countOf({ adapter }: Device): number {
  return adapter?.alike ?? 1;
}

function namesOf(list: readonly Device[]): string {
  const counts = new Map<string, number>();
  for (const device of list)
    if (device.adapter?.isSoftware !== true) counts.set(device.name, (counts.get(device.name) ?? 0) + countOf(device));
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
}

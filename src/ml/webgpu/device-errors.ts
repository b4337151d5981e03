/** What a device reports, as errors of an attempt. */
import { DeviceError } from '../../errors.ts';

export function deviceError(error: Pick<GPUError, 'message'>): DeviceError {
  const said = firstLine(error.message);
  return error.constructor.name === 'GPUOutOfMemoryError' || TOO_LARGE.test(said)
    ? new DeviceError(
        'memory',
        `The GPU has too little memory (${said}); use smaller batches, or fewer networks at once.`,
      )
    : new DeviceError('misused', `The GPU refused what the stage asked for (${said}).`);
}

/** A buffer that no memory could hold is refused before any is asked for. */
const TOO_LARGE = /exceeds the max buffer size|larger than the maximum storage buffer binding size/i;

export function lossError({ reason, message }: Pick<GPUDeviceLostInfo, 'reason' | 'message'>): DeviceError {
  const said = firstLine(message);
  return reason === 'destroyed'
    ? new DeviceError('misused', 'The stage destroyed the GPU device that it computes on, which belongs to restage.')
    : new DeviceError('lost', `The GPU was lost while the stage computed on it${said === '' ? '' : ` (${said})`}.`);
}

function firstLine(message: string): string {
  return message
    .trim()
    .split('\n', 1)[0]!
    .replace(/[.\s]+$/, '');
}

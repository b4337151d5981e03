/**
 * Whether a host computes what a key names. A job starts on a host that nobody has looked at when the key was made: it
 * may have another GPU, another driver, or other libraries under the same path.
 */
import { type BackendIdentity, isSameBackend } from '../../core/identity/backend-identity.ts';
import { BackendError } from '../../errors.ts';
import { type BackendSearch, resolveRecorded } from './backend.ts';
import { NoDeviceError } from './choose-devices.ts';
import { adviceOn, type ComputeMisfit, misfitOf, wordsOf } from './misfit.ts';

export type HostAnswer =
  /** With the slots of the devices that a worker may use. */
  | { readonly type: 'same'; readonly devices: readonly string[] }
  | { readonly type: 'other'; readonly misfit: ComputeMisfit };

/** Looks for what a key names on this host. */
export async function computeHere(wanted: BackendIdentity, search: BackendSearch): Promise<HostAnswer> {
  try {
    const { backend, devices } = await resolveRecorded(wanted.name, wanted.device, search);
    return isSameBackend(backend, wanted)
      ? { type: 'same', devices }
      : { type: 'other', misfit: misfitOf(wanted, backend) };
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    const lack = error instanceof NoDeviceError ? error.lack : clauseOf(error.message);
    const wants = wanted.driver === '' ? wordsOf(wanted) : wanted.device;
    return { type: 'other', misfit: { has: `none: ${lack}`, wants, advice: adviceOn(wanted) } };
  }
}

function clauseOf(sentence: string): string {
  return sentence.replace(/^(?:The|There|No)\b/, (word) => word.toLowerCase()).replace(/[.\s]+$/, '');
}

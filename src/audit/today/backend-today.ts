/** The backend today: the name that a past state computed on, as this machine would run it now. */
import { valueDigest } from '../../core/identity/canonical.ts';
import { RestageError } from '../../errors.ts';
import type { BackendIdentity } from '../../core/identity/backend-identity.ts';
import { backendSearchIn, resolveRecorded } from '../../identity/compute/backend.ts';
import { machineDevices } from '../../identity/compute/machine-devices.ts';
import type { Cache } from '../../store/cache.ts';
import type { Past, TodayFact, TodaysPlace } from './today-facts.ts';

/** `changed` also where name and version are the same, and its binaries or a GPU's driver are not. */
export async function backendsToday(
  cache: Cache,
  backends: Past['backends'],
  { root }: TodaysPlace,
): Promise<readonly TodayFact[]> {
  const facts: TodayFact[] = [];
  for (const { words, digest } of backends) {
    const { name, device } = namedIn(words);
    const fact = (more: Pick<TodayFact, 'standing' | 'now' | 'note'>): TodayFact => ({
      kind: 'backend',
      name,
      then: words,
      ...more,
    });
    if (root === undefined) {
      facts.push(fact({ standing: 'unknown', now: null, note: 'there is no project here' }));
      continue;
    }
    try {
      const { backend } = await resolveRecorded(name, device, backendSearchIn(cache, { root }, machineDevices));
      const now = wordsOf(backend);
      const isSame = valueDigest([now, backend.digest]) === digest;
      const note = isSame || now !== words ? null : 'its binaries or the driver differ';
      facts.push(fact({ standing: isSame ? 'same' : 'changed', now, note }));
    } catch (error) {
      if (!(error instanceof RestageError)) throw error;
      facts.push(fact({ standing: 'gone', now: null, note: error.message }));
    }
  }
  return facts;
}

function namedIn(words: string): { readonly name: string; readonly device: string } {
  const [, name = '', device = ''] = /^(\S+) .* on (.+)$/.exec(words) ?? [];
  return { name, device };
}

/** As a state's key has it. */
function wordsOf({ name, version, device }: BackendIdentity): string {
  return `${name} ${version} on ${device}`;
}

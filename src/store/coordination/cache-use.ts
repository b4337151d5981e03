/**
 * Two uses of a cache's bytes that exclude each other. Many processes at once may use bytes: they execute, verify, push
 * or pull. One alone may evict them, and only while nobody uses any. Both are leases, so those of a process that died
 * are void. A backup holds neither, since it writes nothing to the cache: it takes what it finds, and counts the rest.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type CacheKey, sha256 } from '../../core/identity/digest.ts';
import { CacheInUseError } from '../../errors.ts';
import type { Leases } from './leases.ts';
import { OWNER_HEARTBEAT_MS, ownerWords } from './owner.ts';

/** No state has these keys. */
const EVICTING = sha256('restage/cache-use/evicting') as string as CacheKey;
const POLL_MS = 100;

/** A use that goes on until it is released. */
export interface CacheUse {
  /** Once it is given back, a second time does nothing. */
  readonly release: () => void;
}

export interface EvictingUse extends CacheUse {
  /**
   * Shows that this process is alive: for work that no timer interrupts.
   * @throws CacheInUseError if it did not for so long that others took it for gone
   */
  readonly renew: () => void;
}

export interface UseOptions {
  /** Told once, in a sentence, if it has to wait. */
  readonly tell?: (sentence: string) => void;
  /** Once it is aborted, nothing is waited for: who is interrupted uses no bytes. */
  readonly signal?: AbortSignal | undefined;
}

/** Returns once nobody evicts, and keeps others from beginning to. */
export async function useBytes(leases: Leases, { tell, signal }: UseOptions = {}): Promise<CacheUse> {
  useCount += 1;
  const key = sha256(`restage/cache-use/${leases.owner}/${useCount}`) as string as CacheKey;
  let isTold = false;
  for (let evicting = take(); evicting !== undefined && signal?.aborted !== true; evicting = take()) {
    if (!isTold) tell?.(`This waits until ${ownerWords(evicting)} has evicted what it wants to ("restage gc").`);
    isTold = true;
    await sleep(POLL_MS);
  }
  return held(leases, key);

  function take(): string | undefined {
    return leases.acquireAgainst(key, EVICTING);
  }
}

/** One process may use bytes for several purposes. */
let useCount = 0;

/** Uses bytes while the work goes on. */
export async function whileUsingBytes<T>(leases: Leases, work: () => Promise<T>, options?: UseOptions): Promise<T> {
  const use = await useBytes(leases, options);
  try {
    return await work();
  } finally {
    use.release();
  }
}

/**
 * The right to evict. @param describe who an owner is, in words
 * @throws CacheInUseError if another process uses bytes, or evicts
 */
export function evictAlone(leases: Leases, describe: (owner: string) => string): EvictingUse {
  const [other, ...more] = leases.acquireAlone(EVICTING);
  if (other === undefined) return { ...held(leases, EVICTING), renew: () => renew(leases) };
  const and =
    more.length === 0 ? '' : `, and ${more.length === 1 ? 'another one does' : `${more.length} others do`} too`;
  throw new CacheInUseError(
    `Nothing is evicted, since ${describe(other)} uses this cache${and}; wait until it has ended, and ask again.`,
  );
}

function renew(leases: Leases): void {
  leases.heartbeat();
  if (leases.holder(EVICTING) === leases.owner) return;
  throw new CacheInUseError(
    `Evicting has stopped, since this process did not show for a minute that it is alive, and others may use this cache by now; what was evicted is on record. Ask again.`,
  );
}

function held(leases: Leases, key: CacheKey): CacheUse {
  let isHeld = true;
  const heartbeat = setInterval(() => {
    try {
      leases.heartbeat();
    } catch {
      // A busy database: the next heartbeat is soon enough, and who writes to it finds any other trouble.
    }
  }, OWNER_HEARTBEAT_MS).unref();
  return {
    release() {
      if (!isHeld) return;
      clearInterval(heartbeat);
      leases.release(key);
      isHeld = false;
    },
  };
}

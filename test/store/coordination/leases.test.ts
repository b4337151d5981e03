import { describe, expect, test } from 'vitest';
import { type CacheKey, sha256 } from '../../../src/core/identity/digest.ts';
import { Leases } from '../../../src/store/coordination/leases.ts';
import { type Liveness, liveness, ownerKind } from '../../../src/store/coordination/owner.ts';
import { processOwner } from '../../../src/store/files/process-owner.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { databaseOf, openCache } from '../open-cache.ts';

describe('leases', () => {
  const key = sha256('k') as string as CacheKey;

  test('of two caches opened in one process are of two owners', () => {
    const directory = temporaryDirectory();
    const [one, other] = [openCache(directory), openCache(directory)];
    expect(one.leases.acquire([key])).toEqual([true]);
    expect(one.leases.acquire([key])).toEqual([true]);
    expect(other.leases.acquire([key])).toEqual([false]);
    other.leases.release(key);
    expect(other.leases.acquire([key])).toEqual([false]);
    one.leases.release(key);
    expect(other.leases.acquire([key])).toEqual([true]);
  });

  test('gives many back at once, and none of another owner or that it was not asked for', () => {
    const directory = temporaryDirectory();
    const [one, other] = [openCache(directory), openCache(directory)];
    const [a, b, kept, foreign] = ['a', 'b', 'kept', 'foreign'].map((text) => sha256(text) as unknown as CacheKey);
    one.leases.acquire([a!, b!, kept!]);
    other.leases.acquire([foreign!]);
    one.leases.releaseEach([a!, b!, foreign!]);
    expect(one.leases.acquire([foreign!])).toEqual([false]);
    expect(other.leases.acquire([a!, b!, kept!])).toEqual([true, true, false]);
  });

  test('of a process that is alive do not expire, those of one that cannot be asked do', () => {
    const directory = temporaryDirectory();
    const owner = openCache(directory);
    owner.leases.acquire([key]);
    const later = openCache(directory, () => Date.now() + 3_600_000);
    expect(later.leases.acquire([key])).toEqual([false]);
    databaseOf(owner).prepare("UPDATE lease SET owner = 'another-host/boot/1/1/1'").run();
    expect(openCache(directory).leases.acquire([key])).toEqual([false]);
    expect(later.leases.acquire([key])).toEqual([true]);
  });

  test('name who holds a key', () => {
    const directory = temporaryDirectory();
    const [one, other] = [openCache(directory), openCache(directory)];
    expect(other.leases.holder(key)).toBeUndefined();
    one.leases.acquire([key]);
    expect(other.leases.holder(key)).toBe(one.leases.owner);
    one.leases.release(key);
    expect(other.leases.holder(key)).toBeUndefined();
  });
});

describe('the lease of an owner that is not a process', () => {
  const key = sha256('job') as string as CacheKey;
  const JOB = 'batch://cluster/77';

  /** A job's lease, another process that wants it, and what is known of the job there. */
  function held() {
    const clock = { now: 1000 };
    const known: { says: Liveness } = { says: 'unknown' };
    const db = databaseOf(openCache(temporaryDirectory()));
    const leasesOf = (owner: string) => new Leases(db, () => clock.now, { owner, livenessOf: () => known.says });
    const [job, other] = [leasesOf(JOB), leasesOf('process://b')];
    expect(job.acquire([key])).toEqual([true]);
    expect(other.holder(key)).toBe(JOB);
    return { job, other, clock, known };
  }

  test('expires only by its heartbeat while nothing is known of the job', () => {
    const { job, other, clock } = held();
    clock.now += 50_000;
    job.heartbeat();
    clock.now += 59_000;
    expect(other.acquire([key])).toEqual([false]);
    clock.now += 1000;
    expect(other.acquire([key])).toEqual([true]);
  });

  test('never expires while the job is alive, and at once when it is dead', () => {
    const { other, clock, known } = held();
    known.says = 'alive';
    clock.now += 3_600_000;
    expect(other.acquire([key])).toEqual([false]);
    known.says = 'dead';
    expect(other.acquire([key])).toEqual([true]);
  });
});

test('an owner has a kind; one of a kind that nobody knows is of unknown liveness, and a process without it a process', () => {
  const owner = processOwner()!;
  expect(ownerKind('batch://cluster/77')).toBe('batch');
  expect(liveness('batch://cluster/77')).toBe('unknown');
  expect(ownerKind(owner)).toBe('process');
  expect(liveness(owner)).toBe('alive');
  expect(liveness(owner.slice('process://'.length))).toBe('alive');
  expect(liveness(`${owner}0`)).toBe('dead');
});

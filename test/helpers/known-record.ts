/** The record that `known-packages.ts` makes before all tests, as caches of tests begin with it. */
import { cpSync } from 'node:fs';

/** The variable by which processes of the tests find it. */
export const KNOWN_RECORD = 'RESTAGE_TEST_RECORD';

/**
 * Puts a copy of the record into a directory that is to be a cache; outside of vitest there is none, and the cache
 * stays new.
 */
export function copyKnownPackages(cache: string): void {
  const record = process.env[KNOWN_RECORD];
  if (record === undefined) return;
  cpSync(record, cache, { recursive: true });
}

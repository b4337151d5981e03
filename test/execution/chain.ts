/** A chain of three nodes, for tests of how one is executed after another. */
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import type { Wirings } from './lab-graph.ts';

export const CHAIN: Wirings = { a: {}, b: { takes: ['a'] }, c: { takes: ['b'] } };

export function objectPath(lab: Lab, digest: string): string {
  return join(lab.cache.directory, 'objects', digest.slice(0, 2), digest.slice(2));
}

/**
 * Owners: who holds a lease or makes a run, as a string `kind://what its kind knows it by`. A process is one kind; a
 * job of a batch system, which outlives the process that submitted it, may be another.
 */
import { processLiveness, processWords } from '../files/process-owner.ts';

/** What can be found out about an owner from here. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/** How often an owner shows that it is alive. */
export const OWNER_HEARTBEAT_MS = 10_000;

/** An owner of unknown liveness counts as gone after this long without a heartbeat. */
const EXPIRY_MS = 60_000;

/** To add a kind of owner, say here how it is looked for. */
const OBSERVERS: Readonly<Record<string, (owner: string) => Liveness>> = { process: processLiveness };

export function ownerKind(owner: string): string {
  // Caches of schema 1 have processes without their kind.
  return /^([a-z][a-z0-9-]*):\/\//.exec(owner)?.[1] ?? 'process';
}

/** An owner of a kind that nobody here can look for is of unknown liveness. */
export function liveness(owner: string): Liveness {
  return OBSERVERS[ownerKind(owner)]?.(owner) ?? 'unknown';
}

/**
 * Whether an owner last heard of at `heartbeat` is gone: it is dead, or its liveness is unknown and its heartbeat too
 * old. `known`: what `liveness` said of it.
 */
export function isGone(owner: string, heartbeat: number, now: number, known: Liveness = liveness(owner)): boolean {
  return known === 'dead' || (known === 'unknown' && now - heartbeat >= EXPIRY_MS);
}

/** The owner as the subject of a sentence: `process 4711`, `process 4711 on node7`. */
export function ownerWords(owner: string): string {
  return ownerKind(owner) === 'process' ? processWords(owner) : owner;
}

/** False if the owner is known to be dead. */
export function mayBeAlive(owner: string): boolean {
  return liveness(owner) !== 'dead';
}

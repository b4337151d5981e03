/** Who holds a lease or makes a run: boot, process and the process's start, so that a dead owner is known even if its pid was given again. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** `host:namespace/boot/pid/start` of this process, or of another one of this host; undefined if there is none of that pid. */
export function processIdentity(pid: number = process.pid): string | undefined {
  const start = startOf(pid);
  return start === undefined ? undefined : [hostAndNamespace(), bootId(), pid, start].join('/');
}

/** What can be found out about an owner from here. One on another host, or in another container, can't be asked. */
export type Liveness = 'alive' | 'dead' | 'unknown';

export function liveness(owner: string): Liveness {
  const [host, boot, pid, start] = owner.split('/');
  if (host !== hostAndNamespace()) return 'unknown';
  if (boot !== bootId()) return 'dead';
  const now = startOf(Number(pid));
  if (now === undefined) return 'dead';
  // Without a start time the process may be another one of the same number.
  if (now === NO_START_TIME) return 'unknown';
  return now === start ? 'alive' : 'dead';
}

/** How often an owner that goes on shows that it does. */
export const HEARTBEAT_MS = 10_000;

/** An owner that can't be asked (on another host) counts as dead after this long without a heartbeat. */
const EXPIRY_MS = 60_000;

/** Whether an owner last heard of at `heartbeat` is gone by now; `known`: what `liveness` said of it. */
export function isGone(owner: string, heartbeat: number, now: number, known: Liveness = liveness(owner)): boolean {
  return known === 'dead' || (known === 'unknown' && now - heartbeat >= EXPIRY_MS);
}

/** False when the owner is known to be dead. */
export function mayBeAlive(owner: string): boolean {
  return liveness(owner) !== 'dead';
}

const NO_START_TIME = 'alive';

/** Containers share a host's name or boot, and number their processes each for themselves. */
function hostAndNamespace(): string {
  try {
    return `${hostname()}:${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'boot-unknown';
  }
}

/** The process's start time in clock ticks since boot, from /proc; NO_START_TIME where there is no /proc to ask. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in parentheses, may itself hold spaces and parentheses.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : rest[18];
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    process.kill(pid, 0);
    return NO_START_TIME;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? NO_START_TIME : undefined;
  }
}

/**
 * Processes as owners: host, boot, process and its start, so that a dead one is known even if its pid was given again.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { sha256 } from '../../core/identity/digest.ts';

const SCHEME = 'process://';

/**
 * `process://host:namespace/boot/pid/start` of this process, or of another one of this host; undefined if no such pid.
 */
export function processOwner(pid: number = process.pid): string | undefined {
  const start = startOf(pid);
  return start === undefined ? undefined : SCHEME + [hostAndNamespace(), bootId(), pid, start].join('/');
}

/** Whether that process is alive. One on another host, or in another container, is unknown. */
export function processLiveness(owner: string): 'alive' | 'dead' | 'unknown' {
  const [host, boot, pid, start] = fieldsOf(owner);
  if (host !== hostAndNamespace()) return 'unknown';
  if (boot !== bootId()) return 'dead';
  return livenessOf(Number(pid), start);
}

/** `process 4711`, or `process 4711 on node7` of another host or container. */
export function processWords(owner: string): string {
  const [host = '', , pid = ''] = fieldsOf(owner);
  return host === hostAndNamespace() ? `process ${pid}` : `process ${pid} on ${host.split(':', 1)[0]!}`;
}

function fieldsOf(owner: string): readonly string[] {
  return (owner.startsWith(SCHEME) ? owner.slice(SCHEME.length) : owner).split('/');
}

/** This process in a few characters of a file's name: host and namespace, boot, pid, start. */
export function processMark(): string {
  mark ??= [short(hostAndNamespace()), short(bootId()), process.pid, startOf(process.pid) ?? NO_START_TIME].join('-');
  return mark;
}

/** Whether the process that such a mark stands for is alive. */
export function markLiveness(given: string): 'alive' | 'dead' | 'unknown' {
  const [host, boot, pid, start] = given.split('-');
  if (host !== short(hostAndNamespace())) return 'unknown';
  if (boot !== short(bootId())) return 'dead';
  return livenessOf(Number(pid), start);
}

let mark: string | undefined;

function short(text: string): string {
  return sha256(text).slice(0, 8);
}

function livenessOf(pid: number, start: string | undefined): 'alive' | 'dead' | 'unknown' {
  const now = startOf(pid);
  if (now === undefined) return 'dead';
  // Without a start time the process may be another one of the same number.
  if (now === NO_START_TIME) return 'unknown';
  return now === start ? 'alive' : 'dead';
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

/** The process's start time in clock ticks since boot, from /proc; NO_START_TIME on a system without /proc. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in parentheses, may itself contain spaces and parentheses.
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

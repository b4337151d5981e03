/** How much memory restage and its workers hold together, for a gauge: a few small reads of Linux's /proc. */
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

export interface MemoryUse {
  readonly bytes: number;
  readonly total: number;
}

/** Of this process and its children; null where /proc does not tell. */
export function memoryUse(): MemoryUse | null {
  try {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1').split(' ').filter(Boolean);
    const bytes = children.reduce((sum, pid) => sum + residentBytes(pid), process.memoryUsage.rss());
    return { bytes, total: limit() };
  } catch {
    return null;
  }
}

function residentBytes(pid: string): number {
  try {
    const resident = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(resident ?? 0) * 1024;
  } catch {
    // The process has ended meanwhile.
    return 0;
  }
}

/** The machine's memory, or the part that a container may use. */
function limit(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}

/** How often a batch system is asked, how long things are waited for, and how tasks are divided among jobs. */
import { fileSystemOf } from '../../store/files/file-system.ts';
import type { GroupingOptions } from './grouping.ts';

export interface Pace extends GroupingOptions {
  /** Between two looks at the queue, in milliseconds, while something changes. */
  readonly lookMs: number;
  /** Between two looks at the files of jobs that run. */
  readonly fileLookMs: number;
  /** Both after a while in which nothing has changed. */
  readonly longestLookMs: number;
  /** How long tasks are collected before they are submitted, in milliseconds. */
  readonly gatherMs: number;
  /** How long a file of another host takes to become visible here, at most, in milliseconds. */
  readonly graceMs: number;
  /** Before a system that takes no job now is asked again, in milliseconds. */
  readonly busyMs: number;
}

/** A queue that each of its users asks more often than every second is slow. Files are asked of nobody. */
const DEFAULT_PACE: Omit<Pace, 'graceMs'> = {
  lookMs: 1000,
  fileLookMs: 200,
  longestLookMs: 15_000,
  gatherMs: 200,
  busyMs: 15_000,
  unitSeconds: 450,
  scouts: 4,
  spread: 8,
};

/** NFS may show a directory as it was a minute ago. */
const GRACE_MS = 60_000;
/** Of a file system that only one machine has, all see the same. */
const LOCAL_GRACE_MS = 5000;
const LOCAL = new Set(['ext4', 'XFS', 'Btrfs', 'ZFS', 'overlayfs', 'tmpfs']);

/** For a directory that hosts share. */
export function paceFor(directory: string, chosen: Partial<Pace> = {}): Pace {
  const graceMs = LOCAL.has(fileSystemOf(directory).name) ? LOCAL_GRACE_MS : GRACE_MS;
  return { ...DEFAULT_PACE, graceMs, ...chosen };
}

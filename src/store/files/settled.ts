/** When a file's stat tells its content: git's "racily clean" rule. */
import type { BigIntStats } from 'node:fs';

/**
 * Within one tick of the clock a file can be rewritten without its stat showing it. Two seconds cover the coarsest file
 * systems (FAT).
 */
const RACY_MS = 2000;

/**
 * Whether the content that was read at `readAt` (milliseconds since 1970) is what this stat stands for: its last change
 * was long enough before. Only then does the same stat mean the same content.
 */
export function isSettled({ mtimeNs, ctimeNs }: Pick<BigIntStats, 'mtimeNs' | 'ctimeNs'>, readAt: number): boolean {
  const changedAt = Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);
  return changedAt <= readAt - RACY_MS;
}

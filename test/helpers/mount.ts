/**
 * File systems that a test mounts over a directory, so that it can be full or read-only; they are gone after the test.
 */
import { spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';

/**
 * Mounts a file system over the directory, or mounts it again with other options; false where that fails. @param
 * options of `mount`
 */
export function mount(directory: string, ...options: readonly string[]): boolean {
  if (spawnSync('mount', [...options, directory], { stdio: 'ignore' }).status !== 0) return false;
  onTestFinished(() => void spawnSync('umount', ['-l', directory], { stdio: 'ignore' }));
  return true;
}

/** Why a test is skipped without it, for its title. */
export const NEEDS_MOUNT = 'needs the right to mount';

/** Whether this user may: root, and not in every container. */
export const canMount =
  process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true'], { stdio: 'ignore' }).status === 0;

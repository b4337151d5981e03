/**
 * Whether this process runs in the background of its terminal. The terminal stops a background process that reads it.
 */
import { readFileSync } from 'node:fs';

/** Read from Linux's /proc; false on other systems, and without a terminal. */
export function isInBackground(): boolean {
  try {
    // The fields after the name, which is in parentheses and may hold anything: proc_pid_stat(5).
    const [, , group, , , foreground] = readFileSync('/proc/self/stat', 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return foreground !== '-1' && group !== foreground;
  } catch {
    return false;
  }
}

/** Whether this process runs in the background of its terminal, which stops whoever reads it or changes its settings there. */
import { readFileSync } from 'node:fs';

/** Told from Linux's /proc; elsewhere it is not noticed. False without a terminal. */
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

/** Processes that other programs of this machine have started, as Linux shows them. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** A dead process of which nobody has taken notice is still in the list. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** Resolves when the process has ended. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await pause(20);
}

/** Whether the process was started with files of this directory. */
export function isOf(pid: number, directory: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(`${directory}/`);
  } catch {
    return false;
  }
}

/** Nothing happens if it has ended. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone.
  }
}

/** Those whose environment has this variable, and the directory somewhere. */
export function processesWith(variable: string, directory: string): readonly number[] {
  const { stdout } = spawnSync('sh', ['-c', `grep -lzF '${variable}' /proc/[0-9]*/environ 2>/dev/null`], {
    encoding: 'utf8',
  });
  return stdout
    .split('\n')
    .flatMap((path) => (path === '' ? [] : [Number(path.split('/')[2])]))
    .filter((pid) => environmentOf(pid).includes(directory));
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

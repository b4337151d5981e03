/** Ends a process that a test has started. The number of one that has ended may be that of another process by now. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Kills it, and waits for its end; does nothing about one that has ended. */
export async function endProcess(process: ChildProcess): Promise<void> {
  if (hasEnded(process)) return;
  const ended = once(process, 'exit');
  process.kill('SIGKILL');
  await ended;
}

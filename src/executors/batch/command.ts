/** Commands of a batch system as processes, with a time limit: a system that hangs must not hang a run. */
import { execFile } from 'node:child_process';

export type Answer =
  | { readonly type: 'said'; readonly text: string }
  | { readonly type: 'failed'; readonly code: number; readonly text: string }
  /** It was stopped: nobody knows what it did. */
  | { readonly type: 'silent' }
  | { readonly type: 'missing' };

export interface CommandOptions {
  readonly timeoutMs: number;
  /** Where the commands are looked for, and their configuration. */
  readonly env: NodeJS.ProcessEnv;
}

const LONGEST_ANSWER = 256 << 20;

/**
 * Runs a command of a system, whose messages it prints in English. The text of one that failed is what it said of that.
 */
export function systemCommand(
  name: string,
  words: readonly string[],
  { timeoutMs, env }: CommandOptions,
): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(
      name,
      words,
      { env: { ...env, LC_ALL: 'C' }, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: LONGEST_ANSWER },
      (error, stdout, stderr) => {
        if (error === null) resolve({ type: 'said', text: stdout });
        else if (error.code === 'ENOENT') resolve({ type: 'missing' });
        else if (typeof error.code === 'number')
          resolve({ type: 'failed', code: error.code, text: stderr.trim() || stdout.trim() });
        else resolve({ type: 'silent' });
      },
    );
  });
}

/**
 * Slurm's commands as processes. They get none of the variables that change what they do and print, and they have a time limit:
 * a controller that hangs must not hang a run.
 */
import { execFile } from 'node:child_process';

export type Answer =
  | { readonly type: 'said'; readonly text: string }
  | { readonly type: 'failed'; readonly code: number; readonly text: string }
  /** It was stopped: nobody knows what it did. */
  | { readonly type: 'silent' }
  | { readonly type: 'missing' };

export interface CommandOptions {
  readonly timeoutMs: number;
  /** Where the commands are looked for, and their configuration; default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** Slurm's own command line options as variables: a user's habits must not change what restage asks for. */
const HABITS = /^(SBATCH|SQUEUE|SCANCEL|SINFO|SLURM)_/;
/** Where the site's configuration is. */
const KEPT = new Set(['SLURM_CONF', 'SLURM_CONF_SERVER']);
const LONGEST_ANSWER = 256 << 20;

export function slurmCommand(
  name: string,
  words: readonly string[],
  { timeoutMs, env = process.env }: CommandOptions,
): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(
      name,
      words,
      { env: withoutHabits(env), timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: LONGEST_ANSWER },
      (error, stdout, stderr) => {
        if (error === null) resolve({ type: 'said', text: stdout });
        else if (error.code === 'ENOENT') resolve({ type: 'missing' });
        else if (typeof error.code === 'number')
          resolve({ type: 'failed', code: error.code, text: lineOf(stderr) || lineOf(stdout) });
        else resolve({ type: 'silent' });
      },
    );
  });
}

export function withoutHabits(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => KEPT.has(name) || !HABITS.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', SLURM_TIME_FORMAT: 'standard' };
}

function lineOf(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return (lines.find((line) => line !== '') ?? '').replace(/^\w+: (?:error: )?/, '');
}

/** Tries one backend in a process of its own, so that a crash of a native library becomes one line here. */
import { fork } from 'node:child_process';
import { OWN_ARGUMENTS, ownEntry } from '../../own-process.ts';
import { workerEnvironment } from './worker-environment.ts';
import type { ProbeResult } from './backend-probe.ts';

const ENTRY = ownEntry('./backend-probe', import.meta.url);
const KEPT_ERRORS = 4096;
export interface Trial {
  readonly backend: string;
  /** How long it trains a network after it has multiplied matrices right; 0: one step. */
  readonly seconds: number;
  /** After how many seconds it is stopped. */
  readonly limitSeconds: number;
  readonly projectRoot: string | undefined;
  readonly devices: readonly string[];
}

/**
 * The report of the backend's process, or how it died.
 * @param triesAgain if Ctrl-C ends the process: a terminal sends it to the whole group, and this process may go on
 */
export function tryBackend(trial: Trial, triesAgain = true): Promise<ProbeResult> {
  const { backend, seconds, limitSeconds, projectRoot, devices } = trial;
  return new Promise((resolve) => {
    const child = fork(ENTRY, [backend, String(seconds), ...(projectRoot === undefined ? [] : [projectRoot])], {
      execArgv: [...OWN_ARGUMENTS],
      env: { ...process.env, ...workerEnvironment(devices) },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let result: ProbeResult | undefined;
    let errors = '';
    let tooLong = false;
    const timer = setTimeout(() => {
      tooLong = true;
      child.kill('SIGKILL');
    }, limitSeconds * 1000);
    const end = (message: string): void => {
      clearTimeout(timer);
      resolve(result ?? { type: 'fails', message });
    };
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-KEPT_ERRORS)));
    child.on('message', (message: ProbeResult) => (result = message));
    child.once('error', ({ message }) => end(`The backend ${backend} could not be tried: ${message}.`));
    child.once('close', (code, signal) => {
      if (tooLong) {
        end(`The backend ${backend} gave no answer in ${limitSeconds} s, and was stopped.`);
        return;
      }
      if (signal === 'SIGINT' && triesAgain && result === undefined) {
        clearTimeout(timer);
        resolve(tryBackend(trial, false));
        return;
      }
      const how = signal === null ? `ended with code ${code ?? 0}` : `was killed by ${signal}`;
      const said =
        errors.split('\n').find((line) => /^\S*Error\b/.test(line)) ?? errors.trim().split('\n').at(-1) ?? '';
      end(`The backend ${backend} does not start: its process ${how}${said === '' ? '' : ` (${said.trim()})`}.`);
    });
  });
}

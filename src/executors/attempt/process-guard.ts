/**
 * Keeps an attempt from ending, or moving, a process that is no longer its own: `process.exit` from a callback of a
 * stage that has ended would fail the node that executes now.
 */
import { DataError } from '../../errors.ts';
import type { Belongings } from './belongings.ts';

/** The attempt that calls. */
export interface Caller {
  readonly belongings: Belongings;
  fail(error: unknown): void;
}

/** Those that would end the process, and those that would change it for the next attempt. */
const ENDING = ['exit', 'reallyExit', 'abort', 'disconnect'] as const;
const CHANGING = ['chdir', 'setUncaughtExceptionCaptureCallback'] as const;

type Method = (...values: unknown[]) => unknown;

let isInstalled = false;

/**
 * For the rest of this process. `mayEnd`: whether an attempt that executes may end the process, which then fails that
 * attempt; if not, the call fails the attempt.
 */
export function guardProcess(callerOf: () => Caller | undefined, mayEnd: boolean): void {
  if (isInstalled) return;
  isInstalled = true;
  const methods = process as unknown as Record<string, Method | undefined>;
  const guard = (name: string, refuses: (caller: Caller, values: readonly unknown[]) => boolean): void => {
    const original = methods[name];
    // `disconnect` exists only where there is a parent.
    if (original === undefined) return;
    const guarded: Method = (...values) => {
      const caller = callerOf();
      if (caller !== undefined && refuses(caller, values)) refuse(name, caller);
      return Reflect.apply(original, process, values);
    };
    methods[name] = Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(original));
  };
  const mayNotEnd = ({ belongings }: Caller): boolean => belongings.released || !mayEnd;
  for (const name of ENDING) guard(name, mayNotEnd);
  for (const name of CHANGING) guard(name, ({ belongings }) => belongings.released);
  guard('kill', (caller, [pid]) => isThisProcess(Number(pid)) && mayNotEnd(caller));
}

/** As `kill(2)` reads it: 0, and a negative number, mean a process group. */
function isThisProcess(pid: number): boolean {
  return pid === 0 || Math.abs(pid) === process.pid;
}

/** The call never returns, as `process.exit` does not. */
function refuse(name: string, caller: Caller): never {
  const error = new DataError(
    caller.belongings.released
      ? `process.${name} was called by a stage that has ended.`
      : `The stage called process.${name}, which would end restage itself; return or throw, or give its node the executor "worker".`,
  );
  caller.fail(error);
  throw error;
}

/**
 * Makes timers, listeners on `process`, threads and child processes the belongings of the attempt whose code starts
 * them. Code that belongs to no attempt notices nothing.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import type { Belongings } from './belongings.ts';

type OwnerOf = () => Belongings | undefined;
type Callback = (...values: unknown[]) => void;

let isInstalled = false;

/** For the rest of this process. */
export function giveOwners(ownerOf: OwnerOf): void {
  if (isInstalled) return;
  isInstalled = true;
  const own = {
    setTimeout: owning<NodeJS.Timeout>(timers.setTimeout as Start<NodeJS.Timeout>, ownerOf, 'once'),
    setInterval: owning<NodeJS.Timeout>(timers.setInterval as Start<NodeJS.Timeout>, ownerOf, 'again'),
    setImmediate: owning<NodeJS.Immediate>(timers.setImmediate, ownerOf, 'once'),
  };
  for (const target of [timers, globalThis]) Object.assign(target, own);
  Object.assign(timersPromises, {
    setTimeout: sleeping(timersPromises.setTimeout, ownerOf),
    setImmediate: resuming(timersPromises.setImmediate, ownerOf),
  });
  for (const name of ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener'] as const)
    Reflect.set(process, name, listening(Reflect.get(process, name) as Listen, ownerOf));
  syncBuiltinESMExports();
  process.on('worker', (thread) => ownerOf()?.addThread(thread));
  // Published before the child is started.
  subscribe('child_process', (message) => ownerOf()?.addChild((message as { readonly process: ChildProcess }).process));
}

type Start<T> = (callback: Callback, ...rest: unknown[]) => T;

/** One of the functions that start a timer, with its own name and the members that Node gave it. */
function owning<T extends NodeJS.Timeout | NodeJS.Immediate>(
  start: Start<T>,
  ownerOf: OwnerOf,
  fires: 'once' | 'again',
): Start<T> {
  const owned: Start<T> = (callback, ...rest) => {
    const owner = ownerOf();
    if (owner === undefined || typeof callback !== 'function') return start(callback, ...rest);
    const fire =
      fires === 'again'
        ? callback
        : function (this: unknown, ...values: unknown[]): void {
            owner.removeTimer(timer);
            Reflect.apply(callback, this, values);
          };
    const timer = start(fire, ...rest);
    owner.addTimer(timer);
    return timer;
  };
  return Object.defineProperties(owned, Object.getOwnPropertyDescriptors(start));
}

type Sleep = typeof timersPromises.setTimeout;
type Resume = typeof timersPromises.setImmediate;

/** A sleep of an attempt that has ended never resolves: what comes after it does not happen. */
function sleeping(sleep: Sleep, ownerOf: OwnerOf): Sleep {
  const owned: Sleep = (delay, value, options) =>
    ownerOf() === undefined || !isSimple(options) || (delay !== undefined && typeof delay !== 'number')
      ? sleep(delay, value, options)
      : new Promise((resolve) => {
          const timer = setTimeout(resolve, delay, value!);
          if (options?.ref === false) timer.unref();
        });
  return Object.defineProperties(owned, Object.getOwnPropertyDescriptors(sleep));
}

function resuming(resume: Resume, ownerOf: OwnerOf): Resume {
  const owned: Resume = (value, options) =>
    ownerOf() === undefined || !isSimple(options)
      ? resume(value, options)
      : new Promise((resolve) => {
          const immediate = setImmediate(resolve, value!);
          if (options?.ref === false) immediate.unref();
        });
  return Object.defineProperties(owned, Object.getOwnPropertyDescriptors(resume));
}

/** Without a signal, and so with nothing that Node would have to check. */
function isSimple(options: { readonly ref?: boolean | undefined; readonly signal?: unknown } | undefined): boolean {
  return options === undefined || options.signal === undefined;
}

type Listen = (event: string | symbol, listener: Callback) => NodeJS.Process;

function listening(listen: Listen, ownerOf: OwnerOf): Listen {
  const owned: Listen = (event, listener) => {
    const owner = ownerOf();
    if (owner?.released === true) return process;
    const result = Reflect.apply(listen, process, [event, listener]);
    owner?.addListener(event, listener);
    return result;
  };
  return Object.defineProperties(owned, Object.getOwnPropertyDescriptors(listen));
}

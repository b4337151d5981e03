/** Observes questions about the time. */
import { performance } from 'node:perf_hooks';
import { observation } from './observation.ts';
import { source, type Source } from './source.ts';
import { type Callable, dressed, replaceGetter, replaceMethod, replaceResult } from './replace.ts';

export function observeClock(): void {
  counted(Date, 'now', 'Date.now');
  const prototype = Object.getPrototypeOf(performance) as object;
  for (const owner of [performance, prototype]) {
    counted(owner, 'now', 'performance.now');
    counted(owner, 'mark', 'performance.mark');
    counted(owner, 'toJSON', 'performance.toJSON');
    const origin = source('clock', 'performance.timeOrigin');
    replaceGetter(owner, 'timeOrigin', () => observation()?.note(origin));
  }
  counted(process.hrtime, 'bigint', 'process.hrtime.bigint');
  counted(process, 'hrtime', 'process.hrtime');
  counted(process, 'uptime', 'process.uptime');
  globalThis.Date = observedDate(Date);
  observeFormats(Intl.DateTimeFormat.prototype);
}

/** A format without a date formats the current time. `format` is a getter, and gives the same function each time. */
function observeFormats(prototype: Intl.DateTimeFormat): void {
  const reached = source('clock', 'Intl.DateTimeFormat');
  const ofNow = (original: Callable): Callable =>
    function (this: unknown, ...args: unknown[]): unknown {
      if (args[0] === undefined) observation()?.note(reached);
      return Reflect.apply(original, this, args);
    };
  replaceMethod(prototype, 'formatToParts', ofNow);
  const known = new WeakMap<object, Callable>();
  replaceResult(prototype, 'format', (format) => {
    const before = known.get(format);
    if (before !== undefined) return before;
    const replacement = dressed(ofNow(format), format);
    known.set(format, replacement);
    return replacement;
  });
}

/** For functions that a loop may call: nothing is added to a call but a look at who calls. */
function counted(owner: object, name: string, call: string): void {
  const reached = source('clock', call);
  replaceMethod(owner, name, (original) => plain(original, reached));
}

function plain(original: Callable, reached: Source): Callable {
  return function (this: unknown, ...args: unknown[]): unknown {
    observation()?.note(reached);
    return Reflect.apply(original, this, args);
  };
}

/** A date of given parts is a value like any other; the current date is a question. */
function observedDate(original: DateConstructor): DateConstructor {
  const reached = source('clock', 'new Date');
  const replacement = function (this: unknown, ...args: unknown[]): unknown {
    const target: unknown = new.target;
    if (target === undefined || args.length === 0) observation()?.note(reached);
    if (target === undefined) return original();
    return Reflect.construct(original, args as [], target === replacement ? original : (target as DateConstructor));
  } as unknown as DateConstructor;
  for (const key of Reflect.ownKeys(original))
    Object.defineProperty(replacement, key, Object.getOwnPropertyDescriptor(original, key)!);
  // So that the class of a date is the one that code knows as Date.
  Object.defineProperty(original.prototype, 'constructor', {
    value: replacement,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  return replacement;
}

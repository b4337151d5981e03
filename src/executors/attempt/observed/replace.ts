/** Puts functions of ours in the place of Node's, as much like them as can be. */
import { promisify } from 'node:util';
import { within } from './observation.ts';

export type Callable = (this: unknown, ...args: unknown[]) => unknown;

/** What is done around a call: before it and, with its result, after it. */
export interface Around {
  readonly before: (args: readonly unknown[], self: unknown) => void;
  /** Gets what the function returns, resolves to, or gives its callback. Not called after an error. */
  readonly after?: (result: unknown, args: readonly unknown[]) => void;
}

/** Replaces a method or class; does nothing where this Node has none. */
export function replaceMethod(owner: object, name: string, make: (original: Callable) => Callable): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  if (typeof descriptor?.value !== 'function' || descriptor.configurable === false) return;
  const original = descriptor.value as Callable;
  Object.defineProperty(owner, name, { ...descriptor, value: dressed(make(original), original) });
}

/** Replaces what reading a property gives, whether it is a value or a getter; does nothing where there is none. */
export function replaceGetter(owner: object, name: string, before: () => void): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  if (descriptor === undefined || descriptor.configurable === false) return;
  const original = Reflect.get(descriptor, 'get') as (() => unknown) | undefined;
  const value: unknown = descriptor.value;
  Object.defineProperty(owner, name, {
    configurable: true,
    enumerable: descriptor.enumerable!,
    get(this: unknown): unknown {
      before();
      return original === undefined ? value : Reflect.apply(original, this, []);
    },
  });
}

/** Replaces the function that a getter gives; does nothing where this Node has no such getter. */
export function replaceResult(owner: object, name: string, make: (given: Callable) => Callable): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  if (descriptor === undefined || descriptor.configurable === false) return;
  const original = Reflect.get(descriptor, 'get') as Callable | undefined;
  if (original === undefined) return;
  Object.defineProperty(owner, name, {
    ...descriptor,
    get: dressed(function (this: unknown): unknown {
      return make(Reflect.apply(original, this, []) as Callable);
    }, original),
  });
}

/** Observes each call of a method or class, promisified or not. */
export function observeMethod(owner: object, name: string, around: Around): void {
  replaceMethod(owner, name, (original) => {
    const replacement = observed(original, around);
    const custom = Object.getOwnPropertyDescriptor(original, promisify.custom);
    // It calls the original itself.
    if (typeof custom?.value === 'function')
      Object.defineProperty(replacement, promisify.custom, {
        ...custom,
        value: observed(custom.value as Callable, around),
      });
    return replacement;
  });
}

function observed(original: Callable, { before, after }: Around): Callable {
  return function (this: unknown, ...args: unknown[]): unknown {
    before(args, this);
    const target: unknown = new.target;
    if (target !== undefined) return within(() => construct(original, args, target));
    if (after === undefined) return within(() => Reflect.apply(original, this, args));
    const given = args.at(-1);
    if (typeof given === 'function')
      args[args.length - 1] = callback(given as Callable, (result) => after(result, args));
    const result = within(() => Reflect.apply(original, this, args));
    if (result instanceof Promise) void result.then((value) => after(value, args)).catch(() => undefined);
    else if (typeof given !== 'function') after(result, args);
    return result;
  };
}

function callback(given: Callable, after: (result: unknown) => void): Callable {
  return function (this: unknown, ...args: unknown[]) {
    if (args[0] == null) after(args[1]);
    return Reflect.apply(given, this, args);
  };
}

function construct(original: Callable, args: readonly unknown[], target: unknown): object {
  return Reflect.construct(original as unknown as new () => object, args as [], target as new () => object);
}

/** Gives the replacement the name, the length, the prototype and the other properties of the original. */
export function dressed(replacement: Callable, original: Callable): Callable {
  for (const key of Reflect.ownKeys(original))
    if (key === 'prototype' || !(key in replacement) || key === 'name' || key === 'length')
      Object.defineProperty(replacement, key, Object.getOwnPropertyDescriptor(original, key)!);
  return replacement;
}

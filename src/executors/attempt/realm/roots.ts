/**
 * The objects that all code of a process shares: the globals, the intrinsics behind them, and what built-in modules
 * export. Found by following own data properties, since no list of them stays complete.
 */
import { createRequire } from 'node:module';

/** An object that all code can reach, with the name that a sentence gives it. */
export interface SharedObject {
  readonly name: string;
  readonly object: object;
}

/** Those that the stages of pipelines reach, and whose parts code is known to replace. */
const BUILT_IN_MODULES = [
  'assert',
  'async_hooks',
  'buffer',
  'child_process',
  'crypto',
  'dns',
  'events',
  'fs',
  'http',
  'https',
  'module',
  'net',
  'os',
  'path',
  'perf_hooks',
  'querystring',
  'readline',
  'stream',
  'string_decoder',
  'timers',
  'tls',
  'url',
  'util',
  'v8',
  'vm',
  'worker_threads',
  'zlib',
] as const;

/** Intrinsics that no global names. */
const HIDDEN: readonly SharedObject[] = [
  ['TypedArray', Object.getPrototypeOf(Int8Array)],
  ['Iterator.prototype', prototypeOf(prototypeOf([][Symbol.iterator]()))],
  ['ArrayIterator.prototype', prototypeOf([][Symbol.iterator]())],
  ['MapIterator.prototype', prototypeOf(new Map().entries())],
  ['SetIterator.prototype', prototypeOf(new Set().values())],
  ['StringIterator.prototype', prototypeOf(''[Symbol.iterator]())],
  ['RegExpStringIterator.prototype', prototypeOf(''.matchAll(/a/g))],
  ['GeneratorFunction.prototype', prototypeOf(function* () {})],
  ['AsyncGeneratorFunction.prototype', prototypeOf(async function* () {})],
  ['AsyncFunction.prototype', prototypeOf(async () => {})],
].map(([name, object]) => ({ name: name as string, object: object as object }));

/** What changes by itself, or is looked at in another way, by its owner. */
const EXCLUDED: ReadonlyMap<string, ReadonlySet<PropertyKey>> = new Map([
  [
    'process',
    new Set([
      'env',
      'moduleLoadList',
      '_events',
      '_eventsCount',
      'domain',
      'mainModule',
      'exitCode',
      'title',
      'channel',
      'connected',
      'stdin',
      'stdout',
      'stderr',
    ]),
  ],
  ['module', new Set(['_cache', '_pathCache', '_stat', 'children'])],
]);

const WELL_KNOWN: ReadonlySet<unknown> = new Set(
  Reflect.ownKeys(Symbol).map((key) => Reflect.get(Symbol, key) as unknown),
);

/** What the first `fetch` of a process defines in globalThis. */
const OF_FETCH = 'undici.';

/** How far below a global or a module objects are followed. */
const DEPTH = 4;

/** What lies at the end of a key that is computed while a stage runs: `__proto__`, `constructor`. */
export function coreObjects(): readonly SharedObject[] {
  return [
    { name: 'Object', object: Object },
    { name: 'Object.prototype', object: Object.prototype },
    { name: 'Array', object: Array },
    { name: 'Array.prototype', object: Array.prototype },
    { name: 'Function.prototype', object: Function.prototype },
  ];
}

export function sharedObjects(): readonly SharedObject[] {
  const require = createRequire(import.meta.url);
  // Node makes it when it is first read, as by any import of node:process, and its getter another one at each call.
  Reflect.get(process, 'allowedNodeEnvironmentFlags');
  const found: SharedObject[] = [];
  const seen = new Set<object>([process.env]);
  let level: readonly SharedObject[] = [
    { name: 'globalThis', object: globalThis },
    // First, for their plain names.
    ...coreObjects(),
    // Accessors of globalThis, which are not followed.
    { name: 'process', object: process },
    { name: 'crypto', object: globalThis.crypto },
    { name: 'performance', object: performance },
    ...HIDDEN,
    ...BUILT_IN_MODULES.map((name) => ({ name, object: require(`node:${name}`) as object })),
  ];
  for (let depth = 0; depth <= DEPTH && level.length > 0; depth++) {
    const below: SharedObject[] = [];
    for (const shared of level) {
      if (seen.has(shared.object)) continue;
      seen.add(shared.object);
      const keys = Reflect.ownKeys(shared.object);
      if (typeof shared.object === 'function' && isPlain(shared.object, keys)) continue;
      found.push(shared);
      for (const key of keys) {
        const descriptor = Object.getOwnPropertyDescriptor(shared.object, key)!;
        const value: unknown = descriptor.value;
        if (!isObject(value) || !isLookedAt(shared.name, key)) continue;
        // Of a global that some program defined only the value itself is looked at.
        if (shared.object === globalThis && (descriptor.enumerable === true || String(key).startsWith('__'))) continue;
        below.push({ name: memberName(shared.name, key), object: value });
      }
      const prototype: unknown = Object.getPrototypeOf(shared.object);
      if (isObject(prototype)) below.push({ name: `${shared.name}.__proto__`, object: prototype });
    }
    level = below;
  }
  return found;
}

export function isLookedAt(owner: string, key: PropertyKey): boolean {
  // A symbol of its own is reached only by the code that made it.
  if (typeof key === 'symbol' && Symbol.keyFor(key) === undefined && !WELL_KNOWN.has(key)) return false;
  // Hot path: every snapshot asks about thousands of keys, so no name is made for it.
  if (owner === 'globalThis') return typeof key !== 'symbol' || key.description?.startsWith(OF_FETCH) !== true;
  return EXCLUDED.get(owner)?.has(key) !== true;
}

/** `Array.prototype.sum`, `process.argv.0`, `Symbol.prototype[Symbol.iterator]`; globals without `globalThis.` */
export function memberName(owner: string, key: PropertyKey): string {
  if (typeof key === 'symbol') return `${owner}[${key.description ?? 'a symbol'}]`;
  return owner === 'globalThis' ? String(key) : `${owner}.${String(key)}`;
}

/** A function that is not a class and carries nothing: who wants to change it replaces it where it is found. */
function isPlain(value: object, keys: readonly PropertyKey[]): boolean {
  if (!keys.every((key) => FUNCTION_KEYS.has(key))) return false;
  const prototype: unknown = Object.getOwnPropertyDescriptor(value, 'prototype')?.value;
  return !isObject(prototype) || Reflect.ownKeys(prototype).every((key) => key === 'constructor');
}

const FUNCTION_KEYS: ReadonlySet<PropertyKey> = new Set(['length', 'name', 'arguments', 'caller', 'prototype']);

function prototypeOf(value: object): object {
  return Object.getPrototypeOf(value) as object;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

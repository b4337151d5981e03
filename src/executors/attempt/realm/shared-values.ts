/**
 * The properties of all shared objects as they were at one time, and what has changed since. Values are in flat arrays:
 * a comparison that finds nothing reads no descriptor of a data property.
 *
 * What a stage replaced may be a part that this very file would use. So `putBack` first restores what existed before,
 * with nothing but syntax and functions that were taken when this file was loaded. Everything after that may be
 * ordinary.
 */
import type { Change } from './change.ts';
import { isLookedAt, memberName, type SharedObject } from './roots.ts';

const { hasOwn, is } = Object;
const { apply, defineProperty, get, getOwnPropertyDescriptor, getPrototypeOf, isExtensible, ownKeys } = Reflect;
const { deleteProperty, setPrototypeOf } = Reflect;

/** A property of a shared object. */
interface Slot {
  readonly owner: Owner;
  readonly key: PropertyKey;
  /** Without a prototype: a stage may add `get` to those that have one. */
  descriptor: PropertyDescriptor;
}

interface Owner extends SharedObject {
  readonly keys: PropertyKey[];
  prototype: object | null;
  readonly isExtensible: boolean;
}

export class SharedValues {
  readonly #owners: readonly Owner[];
  /** Data properties; the value of slot i is `#values[i]`. */
  readonly #data: Slot[] = [];
  readonly #objects: object[] = [];
  readonly #keys: PropertyKey[] = [];
  readonly #values: unknown[] = [];
  readonly #accessors: Slot[] = [];

  constructor(shared: readonly SharedObject[]) {
    this.#owners = shared.map(({ name, object }) => ({
      name,
      object,
      keys: ownKeys(object),
      prototype: getPrototypeOf(object),
      isExtensible: isExtensible(object),
    }));
    for (const owner of this.#owners) {
      for (const key of owner.keys) {
        const descriptor = descriptorOf(owner.object, key)!;
        const isFixed = descriptor.configurable === false && descriptor.writable !== true;
        if (!isFixed && isLookedAt(owner.name, key)) this.#add({ owner, key, descriptor });
      }
    }
  }

  isUnchanged(): boolean {
    const changed: Slot[] = [];
    this.#forEachChanged((slot) => changed.push(slot));
    const isExtended = (owner: Owner): boolean =>
      additions(owner, false).length > 0 || getPrototypeOf(owner.object) !== owner.prototype;
    return changed.length === 0 && !this.#owners.some(isExtended);
  }

  /** Puts back what differs now. */
  putBack(): readonly Change[] {
    const restored: Slot[] = [];
    const lost: Slot[] = [];
    this.#forEachChanged((slot) => {
      const list = defineProperty(slot.owner.object, slot.key, slot.descriptor) ? restored : lost;
      list[list.length] = slot;
    });
    // From here on, what existed before is in its place.
    const found: Change[] = [
      ...restored.map((slot) => ({ name: nameOf(slot), isUndone: true })),
      ...lost.map((slot) => ({ name: nameOf(slot), isUndone: false })),
    ];
    // One property may have been added and another one removed.
    const looksClosely = found.length > 0;
    for (const owner of this.#owners) {
      if (!owner.isExtensible) continue;
      const { name, object } = owner;
      for (const key of additions(owner, looksClosely))
        found.push({ name: memberName(name, key), isUndone: deleteProperty(object, key) });
      if (getPrototypeOf(object) !== owner.prototype)
        found.push({ name: `${name}.__proto__`, isUndone: setPrototypeOf(object, owner.prototype) });
      if (!isExtensible(object)) found.push({ name: `what may be added to ${name}`, isUndone: false });
    }
    return found;
  }

  /**
   * Takes what differs now as what is there: packages have been loaded, and count on what they have put there.
   * @returns the names of what differed, without new globals, which are the packages' own
   */
  acceptPackages(): readonly string[] {
    const names: string[] = [];
    this.#forEachChanged((slot, i) => {
      names.push(nameOf(slot));
      const now = descriptorOf(slot.owner.object, slot.key);
      if (now !== undefined) slot.descriptor = now;
      if (i !== undefined) this.#values[i] = valueOf(this.#objects[i]!, this.#keys[i]!);
    });
    for (const owner of this.#owners) {
      for (const key of additions(owner, names.length > 0)) {
        if (owner.object !== globalThis) names.push(memberName(owner.name, key));
        owner.keys.push(key);
        this.#add({ owner, key, descriptor: descriptorOf(owner.object, key)! });
      }
      const prototype = getPrototypeOf(owner.object);
      if (prototype !== owner.prototype) names.push(`${owner.name}.__proto__`);
      owner.prototype = prototype;
    }
    return names;
  }

  /** `i`: its place among the data properties. */
  #forEachChanged(tell: (slot: Slot, i?: number) => void): void {
    const values = this.#values;
    for (let i = 0; i < values.length; i++)
      if (!is(valueOf(this.#objects[i]!, this.#keys[i]!), values[i])) tell(this.#data[i]!, i);
    const accessors = this.#accessors;
    for (let i = 0; i < accessors.length; i++) if (isReplaced(accessors[i]!)) tell(accessors[i]!);
  }

  #add(slot: Slot): void {
    if (!('value' in slot.descriptor)) {
      this.#accessors.push(slot);
      return;
    }
    // A proxy may describe a property and answer with another value.
    if (!is(get(slot.owner.object, slot.key), slot.descriptor.value)) return;
    this.#data.push(slot);
    this.#objects.push(slot.owner.object);
    this.#keys.push(slot.key);
    this.#values.push(slot.descriptor.value);
  }
}

function descriptorOf(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  const descriptor = getOwnPropertyDescriptor(object, key);
  if (descriptor !== undefined) setPrototypeOf(descriptor, null);
  return descriptor;
}

/** What nothing is equal to. */
const UNREADABLE = Symbol('unreadable');

function valueOf(object: object, key: PropertyKey): unknown {
  try {
    return (object as Record<PropertyKey, unknown>)[key];
  } catch {
    return UNREADABLE;
  }
}

function nameOf({ owner, key }: Slot): string {
  return memberName(owner.name, key);
}

function isReplaced(slot: Slot): boolean {
  const { object } = slot.owner;
  const now = getOwnPropertyDescriptor(object, slot.key);
  const before = slot.descriptor;
  if (now === undefined) return true;
  const isValue = hasOwn(now, 'value');
  if ('value' in before) return !isValue || !is(now.value, before.value);
  if (!isValue) return now.get !== before.get || now.set !== before.set;
  // Node defines some globals when they are first read: the getter's own value then takes its place.
  const { get: read } = before as { readonly get: (() => unknown) | undefined };
  try {
    if (read === undefined || !is(apply(read, object, []), now.value)) return true;
  } catch {
    return true;
  }
  setPrototypeOf(now, null);
  slot.descriptor = now;
  return false;
}

/** Keys that were not there. Without a close look, none are found where as many are there as before. */
function additions({ name, object, keys: known }: Owner, looksClosely: boolean): readonly PropertyKey[] {
  const keys = ownKeys(object);
  if (!looksClosely && keys.length === known.length) return [];
  const before = new Set(known);
  return keys.filter((key) => !before.has(key) && isLookedAt(name, key));
}

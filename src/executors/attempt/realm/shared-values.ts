/**
 * The properties of all shared objects as they were at one time, and what has changed since. Values are in flat arrays:
 * a comparison that finds nothing reads no descriptor of a data property.
 */
import type { Change } from './change.ts';
import { isLookedAt, memberName, type SharedObject } from './roots.ts';

/** A property of a shared object. */
interface Slot {
  readonly owner: Owner;
  readonly key: PropertyKey;
  descriptor: PropertyDescriptor;
}

interface Owner extends SharedObject {
  readonly keys: PropertyKey[];
  readonly prototype: object | null;
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
      keys: Reflect.ownKeys(object),
      prototype: Object.getPrototypeOf(object) as object | null,
      isExtensible: Object.isExtensible(object),
    }));
    for (const owner of this.#owners) {
      for (const key of owner.keys) {
        const descriptor = Object.getOwnPropertyDescriptor(owner.object, key)!;
        const isFixed = descriptor.configurable === false && descriptor.writable !== true;
        if (!isFixed && isLookedAt(owner.name, key)) this.#add({ owner, key, descriptor });
      }
    }
  }

  /** What differs now. */
  changes(): readonly Change[] {
    const found: Change[] = [];
    const values = this.#values;
    for (let i = 0; i < values.length; i++) {
      const now = (this.#objects[i] as Record<PropertyKey, unknown>)[this.#keys[i]!];
      if (!Object.is(now, values[i])) found.push(changed(this.#data[i]!));
    }
    for (const slot of this.#accessors) if (isReplaced(slot)) found.push(changed(slot));
    // One property may have been added and another one removed.
    const looksClosely = found.length > 0;
    for (const owner of this.#owners) {
      if (!owner.isExtensible) continue;
      const keys = Reflect.ownKeys(owner.object);
      if (looksClosely || keys.length !== owner.keys.length) found.push(...additions(owner, keys));
      if (Object.getPrototypeOf(owner.object) !== owner.prototype)
        found.push({
          name: `${owner.name}.__proto__`,
          restore: () => Reflect.setPrototypeOf(owner.object, owner.prototype),
        });
      if (!Object.isExtensible(owner.object))
        found.push({ name: `what may be added to ${owner.name}`, restore: () => false });
    }
    return found;
  }

  /** Takes new globals as part of what is remembered. */
  acceptGlobals(): void {
    const owner = this.#owners.find(({ object }) => object === globalThis)!;
    const known = new Set(owner.keys);
    for (const key of Reflect.ownKeys(globalThis)) {
      if (known.has(key)) continue;
      owner.keys.push(key);
      this.#add({ owner, key, descriptor: Object.getOwnPropertyDescriptor(globalThis, key)! });
    }
  }

  #add(slot: Slot): void {
    if (!('value' in slot.descriptor)) {
      this.#accessors.push(slot);
      return;
    }
    // A proxy may describe a property and answer with another value.
    if (!Object.is(Reflect.get(slot.owner.object, slot.key), slot.descriptor.value)) return;
    this.#data.push(slot);
    this.#objects.push(slot.owner.object);
    this.#keys.push(slot.key);
    this.#values.push(slot.descriptor.value);
  }
}

function changed({ owner, key, descriptor }: Slot): Change {
  return {
    name: memberName(owner.name, key),
    restore: () => Reflect.defineProperty(owner.object, key, descriptor),
  };
}

function isReplaced(slot: Slot): boolean {
  const { object } = slot.owner;
  const now = Object.getOwnPropertyDescriptor(object, slot.key);
  const before = slot.descriptor;
  if (now === undefined) return true;
  if ('value' in before) return !Object.is(now.value, before.value);
  if (!('value' in now)) return now.get !== before.get || now.set !== before.set;
  // Node defines some globals when they are first read: the getter's own value then takes its place.
  const given: unknown = now.value;
  try {
    if (!Object.is(before.get?.call(object), given)) return true;
  } catch {
    return true;
  }
  slot.descriptor = now;
  return false;
}

function additions({ name, object, keys: known }: Owner, keys: readonly PropertyKey[]): readonly Change[] {
  const before = new Set(known);
  return keys.flatMap((key): Change[] => {
    if (before.has(key) || !isLookedAt(name, key)) return [];
    return [{ name: memberName(name, key), restore: () => Reflect.deleteProperty(object, key) }];
  });
}

/** The entities of an RO-Crate: a flat list of JSON-LD objects that name each other by `@id`. */

export interface Reference {
  readonly '@id': string;
}

export type Property = string | number | boolean | Reference | readonly (string | Reference)[] | undefined;

/** A property that is undefined is left out, and so is an empty list. */
export interface Entity {
  readonly '@id': string;
  readonly '@type': string | readonly string[];
  readonly [property: string]: Property;
}

/** The file `ro-crate-metadata.json`. */
export interface RoCrate {
  readonly '@context': readonly string[];
  readonly '@graph': readonly Entity[];
}

export function reference(id: string): Reference {
  return { '@id': id };
}

export function references(ids: Iterable<string>): readonly Reference[] {
  return [...new Set(ids)].map(reference);
}

/** The entities in the order in which they were added; a second one of the same `@id` is dropped. */
export class Entities {
  readonly #byId = new Map<string, Entity>();

  /** @returns what to write where the entity is meant */
  add(entity: Entity): Reference {
    const { '@id': id } = entity;
    if (!this.#byId.has(id)) {
      const told = Object.entries(entity).filter(
        ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
      );
      this.#byId.set(id, Object.fromEntries(told) as Entity);
    }
    return reference(id);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  all(): readonly Entity[] {
    return [...this.#byId.values()];
  }
}

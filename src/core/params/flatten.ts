/**
 * Lays what several layers give for one place over each other: objects merge, member by member; anything else replaces.
 */
import type { CanonicalValue } from '../identity/canonical.ts';
import { readLiteral } from './literal.ts';
import { ParameterMisfit } from './misfit.ts';
import type { Path } from './path.ts';
import { plainOf } from './scalar.ts';
import { type Given, isMembers, type Setting, settingOf } from './setting.ts';

/** What is given for one place. A member's settings are in the order of their layers. */
export type Flat =
  | { readonly kind: 'scalar'; readonly given: Given }
  /** A complete list, each item with settings of its own. */
  | { readonly kind: 'list'; readonly items: readonly (readonly Setting[])[] }
  | {
      readonly kind: 'members';
      readonly members: ReadonlyMap<string, readonly Setting[]>;
      /** Is it a complete value that a run had, so that no other member may be added to a record? */
      readonly isRecorded: boolean;
    };

/** @param layers at least one, the lowest first. @throws ParameterMisfit for a member of something that has none */
export function flatten(layers: readonly Setting[], at: Path): Flat {
  let flat: Flat = { kind: 'members', members: new Map(), isRecorded: false };
  for (const { own, below } of layers) {
    if (own !== undefined) flat = over(flat, own);
    if (below !== undefined) flat = refine(flat, below, at);
  }
  return flat;
}

function over(flat: Flat, own: Given): Flat {
  if ('list' in own) return { kind: 'list', items: own.list.map((item) => [item]) };
  if ('recorded' in own) {
    const { recorded } = own;
    if (Array.isArray(recorded))
      return {
        kind: 'list',
        items: (recorded as readonly CanonicalValue[]).map((item) => [{ own: { recorded: item } }]),
      };
    if (!isMembers(recorded)) return { kind: 'scalar', given: own };
    const members = Object.entries(recorded).map(([name, member]) => [name, { own: { recorded: member } }] as const);
    return merged(flat, members, true);
  }
  const setting = 'value' in own ? settingOf(own.value) : readLiteral(own.text, 'words');
  if (setting?.below !== undefined) return merged(flat, setting.below, false);
  const list = setting?.own !== undefined && 'list' in setting.own ? setting.own.list : undefined;
  return list === undefined ? { kind: 'scalar', given: own } : { kind: 'list', items: list.map((item) => [item]) };
}

function refine(flat: Flat, below: NonNullable<Setting['below']>, at: Path): Flat {
  switch (flat.kind) {
    case 'members':
      return merged(flat, below, false);
    case 'scalar':
      throw new ParameterMisfit(at, { kind: 'below', value: plainOf({ own: flat.given }, at) });
    case 'list': {
      const items = flat.items.map((item) => [...item]);
      for (const [name, setting] of inOrder(below, at)) {
        if (name > items.length) throw new ParameterMisfit([...at, name], { kind: 'gap', length: items.length });
        (items[name] ??= []).push(setting);
      }
      return { kind: 'list', items };
    }
  }
}

/** Members of a list by their positions, which may be given in any order. @throws ParameterMisfit for a name */
export function inOrder<T>(members: Iterable<readonly [string, T]>, at: Path): readonly (readonly [number, T])[] {
  return [...members]
    .map(([name, member]) => {
      if (!/^\d+$/.test(name)) throw new ParameterMisfit([...at, name], { kind: 'unknown', known: ['[0]'] });
      return [Number(name), member] as const;
    })
    .sort(([a], [b]) => a - b);
}

function merged(flat: Flat, added: Iterable<readonly [string, Setting]>, isRecorded: boolean): Flat {
  const from = flat.kind === 'members' ? flat : undefined;
  const members = new Map(from?.members);
  for (const [name, setting] of added) members.set(name, [...(members.get(name) ?? []), setting]);
  return { kind: 'members', members, isRecorded: isRecorded || from?.isRecorded === true };
}

/** What counts of a place's settings: from the last one on that removes what was there, without saying so any more. */
export function sinceCleared(settings: readonly Setting[]): {
  readonly isCleared: boolean;
  /** None if it is removed and nothing is given for it again. */
  readonly settings: readonly Setting[];
} {
  const last = settings.findLastIndex(({ isCleared }) => isCleared === true);
  if (last < 0) return { isCleared: false, settings };
  const { own, below, place } = settings[last]!;
  const rest = {
    ...(own === undefined ? {} : { own }),
    ...(below === undefined ? {} : { below }),
    ...(place === undefined ? {} : { place }),
  };
  const isEmpty = own === undefined && below === undefined;
  return { isCleared: true, settings: [...(isEmpty ? [] : [rest]), ...settings.slice(last + 1)] };
}

/** The settings of some members, as layers again. */
export function layersOf(members: ReadonlyMap<string, readonly Setting[]>): readonly Setting[] {
  const depth = Math.max(1, ...[...members.values()].map((settings) => settings.length));
  return Array.from({ length: depth }, (_, layer) => ({
    below: [...members].flatMap(([name, settings]) =>
      settings[layer] === undefined ? [] : [[name, settings[layer]] as const],
    ),
  }));
}

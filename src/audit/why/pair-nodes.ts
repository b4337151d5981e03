/**
 * Which node of one side is which of the other: the one of its name or, where a node or a stage has another name by
 * now, the one that is the same in all else.
 */
import type { Field } from '../../core/identity/cache-key.ts';
import type { Digest } from '../../core/identity/digest.ts';
import { type InputSource, type Side, type SideNode, sourceText } from './side.ts';

export interface Pairs {
  /** By the node's name on the later side, its name on the earlier one. */
  readonly before: ReadonlyMap<string, string>;
  /** Nodes of the later side alone. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** @param isSameCode whether two codes differ in nothing but the name of their stage */
export function pairNodes(before: Side, after: Side, isSameCode: (before: Digest, after: Digest) => boolean): Pairs {
  const pairs = new Map<string, string>();
  for (const node of after.nodes.keys()) if (before.nodes.has(node)) pairs.set(node, node);
  let added = [...after.nodes.keys()].filter((node) => !pairs.has(node));
  const removed = new Set([...before.nodes.keys()].filter((node) => !after.nodes.has(node)));
  const renamed = new Renamed(before, after, isSameCode);
  // A node below a renamed one is recognised once that one is.
  for (let found = added.length > 0 && removed.size > 0; found;) {
    const known = new Map(renamed.find(added, removed, pairs));
    for (const [node, was] of known) {
      pairs.set(node, was);
      removed.delete(was);
    }
    added = added.filter((node) => !known.has(node));
    found = known.size > 0 && added.length > 0;
  }
  return { before: pairs, added, removed: [...removed] };
}

class Renamed {
  readonly #sides: readonly [Side, Side];
  readonly #isSameCode: (before: Digest, after: Digest) => boolean;
  #fields: readonly ReadonlyMap<string, readonly Field[]>[] = [];

  constructor(before: Side, after: Side, isSameCode: (before: Digest, after: Digest) => boolean) {
    this.#sides = [before, after];
    this.#isSameCode = isSameCode;
  }

  /** New pairs, given those that are known. */
  *find(
    added: readonly string[],
    removed: ReadonlySet<string>,
    pairs: ReadonlyMap<string, string>,
  ): Generator<[node: string, was: string]> {
    const [before, after] = this.#sides;
    if (this.#fields.length === 0) this.#fields = [before.fieldsOf(removed), after.fieldsOf(added)];
    const left = new Map<string, string[]>();
    for (const node of removed) {
      const text = this.#textOf(0, before.nodes.get(node)!, (from) => sourceText(from));
      if (text !== undefined) left.set(text, [...(left.get(text) ?? []), node]);
    }
    for (const node of added) {
      const text = this.#textOf(1, after.nodes.get(node)!, (from) => translated(from, pairs));
      const candidates = text === undefined ? [] : (left.get(text) ?? []);
      const at = candidates.findIndex((was) => this.#isSame(was, node));
      if (at >= 0) yield [node, candidates.splice(at, 1)[0]!];
    }
  }

  /** What a renamed node has in common with what it was; undefined where nothing is known of it. */
  #textOf(side: 0 | 1, { id, inputs }: SideNode, textOf: (from: InputSource) => string): string | undefined {
    const fields = this.#fields[side]!.get(id);
    if (fields === undefined) return undefined;
    const kept = fields.flatMap(({ name, digest }) => (MAY_DIFFER.includes(name) ? [] : [[name, digest]]));
    const wires = inputs.map(({ slot, index, from }) => [slot, index, textOf(from)]);
    return JSON.stringify([kept.sort(), wires.sort()]);
  }

  #isSame(was: string, node: string): boolean {
    const [old, now] = [this.#fields[0]!.get(was)!, this.#fields[1]!.get(node)!];
    const digests = (name: string): (Digest | undefined)[] =>
      [old, now].map((fields) => fields.find((field) => field.name === name)?.digest);
    const [code, codeNow] = digests('code');
    if (code === codeNow) return true;
    const [stage, stageNow] = digests('stage');
    return stage !== stageNow && this.#isSameCode(code!, codeNow!);
  }
}

/** Beside them, all fields of a renamed node are what they were. */
const MAY_DIFFER = ['stage', 'code', 'seed'];

/** The source as the earlier side calls it. */
function translated(from: InputSource, pairs: ReadonlyMap<string, string>): string {
  if (from.kind !== 'node') return sourceText(from);
  const was = pairs.get(from.node);
  return was === undefined ? `(new) ${sourceText(from)}` : sourceText({ ...from, node: was });
}

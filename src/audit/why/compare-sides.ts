/**
 * Two runs, or a run and what would run now, compared node by node: which differ, by changes of their own or by those
 * of nodes above. States are compared by their keys, so runs whose bytes are gone can be compared as well.
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { changesOf, type Change as ParamChange } from '../../core/params/paste.ts';
import { LOST_OUTPUT } from '../../planning/plan/reasons/lost-output.ts';
import type { Cache } from '../../store/cache.ts';
import { fullTexts } from '../change/full-texts.ts';
import { codeChange, isSameButForName } from '../change/source-changes.ts';
import { type Cause, type Flow, foldCauses } from './causes.ts';
import type { Change, OwnChange } from './change.ts';
import { type Contents, fieldCauses } from './field-causes.ts';
import { inputChanges } from './input-changes.ts';
import { pairNodes, type Pairs } from './pair-nodes.ts';
import type { Side, SideNode } from './side.ts';

export interface Comparison {
  readonly causes: readonly Cause[];
  /**
   * Nodes that have no state on one side, because they failed or were skipped there: nothing is known of their keys.
   */
  readonly unmade: readonly Unmade[];
  /** Nodes that are the same under another name. */
  readonly renamed: readonly { readonly before: string; readonly after: string }[];
  /** The pipeline's parameters that differ. */
  readonly params: readonly ParamChange[];
  /** How many nodes are the same on both sides. */
  readonly same: number;
}

export interface Compared {
  readonly comparison: Comparison;
  /** How differences went from node to node. */
  readonly flow: Flow;
}

export interface Unmade {
  readonly node: string;
  readonly run: number;
  readonly outcome: 'failed' | 'skipped';
  readonly reason: string | null;
}

export function compareSides(cache: Cache, before: Side, after: Side): Compared {
  const contents = contentsOf(cache, before, after);
  const pairs = pairNodes(before, after, contents.isSameButForName);
  const comparing = new Comparing(before, after, pairs, contents);
  return comparing.result();
}

class Comparing {
  readonly #before: Side;
  readonly #after: Side;
  readonly #pairs: Pairs;
  readonly #contents: Contents;
  readonly #removed: ReadonlySet<string>;
  readonly #differing: ReadonlySet<string>;
  readonly #own = new Map<string, OwnChange[]>();
  readonly #carries = new Map<string, string[]>();
  readonly #spares = new Map<string, string[]>();

  constructor(before: Side, after: Side, pairs: Pairs, contents: Contents) {
    this.#before = before;
    this.#after = after;
    this.#pairs = pairs;
    this.#contents = contents;
    this.#removed = new Set(pairs.removed);
    this.#differing = new Set(
      [...pairs.before].flatMap(([node, was]) => {
        const [old, now] = [before.nodes.get(was)!.key, after.nodes.get(node)!.key];
        return old === null || old !== now ? [node] : [];
      }),
    );
  }

  result(): Compared {
    const { before: was, added, removed } = this.#pairs;
    const compared = [...this.#differing].filter((node) => !isUnmade(this.#old(node)) && !isUnmade(this.#now(node)));
    const [old, now] = [this.#before.fieldsOf(compared.map((node) => was.get(node)!)), this.#after.fieldsOf(compared)];
    for (const node of compared) {
      const names = { before: was.get(node)!, after: node };
      const fields = fieldCauses(old.get(names.before)!, now.get(node)!, names, this.#contents);
      this.#addAll(node, fields);
      this.#compareInputs(node);
    }
    for (const node of added) this.#add(node, { kind: 'added' });
    for (const node of removed) this.#add(node, { kind: 'removed' });
    this.#findSpared();
    const same = [...was.keys()].filter((node) => !this.#differing.has(node));
    for (const node of same) this.#findRunAgain(node);
    const flow = { carries: this.#carries, spares: this.#spares };
    const comparison = {
      causes: foldCauses(this.#own, flow),
      unmade: this.#unmade(),
      renamed: [...was].flatMap(([node, name]) => (node === name ? [] : [{ before: name, after: node }])),
      params: changesOf(this.#before.params, this.#after.params),
      same: same.length,
    };
    return { comparison, flow };
  }

  #old(node: string): SideNode {
    return this.#before.nodes.get(this.#pairs.before.get(node)!)!;
  }

  #now(node: string): SideNode {
    return this.#after.nodes.get(node)!;
  }

  #add(node: string, change: Change): void {
    this.#addAll(node, [{ change }]);
  }

  #addAll(node: string, changes: readonly OwnChange[]): void {
    if (changes.length > 0) this.#own.set(node, [...(this.#own.get(node) ?? []), ...changes]);
  }

  #compareInputs(node: string): void {
    const { own, from, same, unstable } = inputChanges(this.#old(node), this.#now(node), {
      wasCalled: (above) => this.#pairs.before.get(above),
      isRemoved: (above) => this.#removed.has(above),
      differs: (above) => this.#differing.has(above),
    });
    for (const change of own) this.#add(node, change);
    for (const above of from) append(this.#carries, above, node);
    for (const above of same) append(this.#spares, above, node);
    for (const above of unstable) {
      const known = this.#own.get(above.node) ?? [];
      if (!known.some(({ change }) => change.kind === 'other-bytes'))
        this.#add(above.node, { kind: 'other-bytes', output: above.output });
      append(this.#carries, above.node, node);
    }
    if (from.length + unstable.length === 0 && !this.#own.has(node)) this.#add(node, this.#sameKey(node));
  }

  /** Nothing that enters its key differs, and its state does. */
  #sameKey(node: string): Change {
    const [before, after] = [this.#old(node).equivalence, this.#now(node).equivalence];
    return before === null && after === null ? { kind: 'unknown' } : { kind: 'equivalence', before, after };
  }

  /** A node above differs, and this one does not: what it takes has the same bytes. */
  #findSpared(): void {
    for (const node of this.#pairs.before.keys())
      if (!this.#differing.has(node))
        for (const { from } of this.#now(node).inputs)
          if (from.kind === 'node' && this.#differing.has(from.node)) append(this.#spares, from.node, node);
  }

  #findRunAgain(node: string): void {
    const { outcome, reason } = this.#now(node);
    const [before, after] = [this.#before.run, this.#after.run];
    const isLater = before !== null && (after === null || after > before);
    if (!isLater || (outcome !== 'ran' && outcome !== 'run')) return;
    const because = reason === 'forced' ? 'forced' : reason === LOST_OUTPUT ? 'lost' : 'unexplained';
    this.#add(node, { kind: 'ran-again', because });
  }

  #unmade(): readonly Unmade[] {
    return [this.#before, this.#after].flatMap(({ run, nodes }) =>
      [...nodes.values()].flatMap((node): Unmade[] =>
        run !== null && isUnmade(node)
          ? [{ node: node.id, run, outcome: node.outcome as Unmade['outcome'], reason: node.reason }]
          : [],
      ),
    );
  }
}

function isUnmade({ outcome }: SideNode): boolean {
  return outcome === 'failed' || outcome === 'skipped';
}

function append(lists: Map<string, string[]>, name: string, value: string): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [value]);
  else if (!list.includes(value)) list.push(value);
}

function contentsOf(cache: Cache, before: Side, after: Side): Contents {
  const changes = new Map<string, ReturnType<typeof codeChange>>();
  let texts: ReadonlyMap<string, string> | undefined;
  const textsOf = ({ params }: { readonly params: CanonicalValue }): [string, string][] => [...fullTexts(params)];
  return {
    codeChange(old, now) {
      const key = `${old} ${now}`;
      const known = changes.get(key) ?? codeChange(cache, old, now);
      changes.set(key, known);
      return known;
    },
    isSameButForName: (old, now) => isSameButForName(cache, old, now),
    fullText: (digest) => (texts ??= new Map([...textsOf(before), ...textsOf(after)])).get(digest),
  };
}

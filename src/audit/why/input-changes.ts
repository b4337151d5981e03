/**
 * The inputs of a node on both sides: what differs by its own wiring or its own files, and what comes from a node above
 * that differs itself. Inputs of a slot that takes many are compared by where they come from, not by their place.
 */
import type { Change } from './change.ts';
import { type SideInput, type SideNode, sourceText } from './side.ts';

/** What is known of the nodes above. Names are those of the side that the node is on. */
export interface Above {
  /** The earlier name of a node of the later side; undefined for one that was added. */
  readonly wasCalled: (node: string) => string | undefined;
  readonly isRemoved: (node: string) => boolean;
  /** Whether the node's own state is another one, or is not known. */
  readonly differs: (node: string) => boolean;
}

export interface InputChanges {
  readonly own: readonly Change[];
  /** The nodes above from which a difference comes: of the later side, or removed ones of the earlier side. */
  readonly from: readonly string[];
  /** The nodes above that differ, and gave the same bytes. */
  readonly same: readonly string[];
  /** Nodes above with the same key on both sides, and other bytes. */
  readonly unstable: readonly { readonly node: string; readonly output: string }[];
}

export function inputChanges(before: SideNode, after: SideNode, above: Above): InputChanges {
  const found: Found = { own: [], from: [], same: [], unstable: [] };
  const slots = new Set([...before.inputs, ...after.inputs].map(({ slot }) => slot));
  for (const slot of slots) {
    const [old, now] = [before, after].map(({ inputs }) => inputs.filter((input) => input.slot === slot)) as [
      SideInput[],
      SideInput[],
    ];
    compareSlot(slot, old, now, above, found);
  }
  return found;
}

type Found = { [Name in keyof InputChanges]: InputChanges[Name][number][] };

function compareSlot(
  slot: string,
  before: readonly SideInput[],
  after: readonly SideInput[],
  above: Above,
  found: Found,
): void {
  const left = new Map<string, number[]>();
  for (const [at, { from }] of before.entries()) {
    const text = sourceText(from);
    left.set(text, [...(left.get(text) ?? []), at]);
  }
  const taken: number[] = [];
  const unmatched: SideInput[] = [];
  for (const input of after) {
    const at = left.get(earlierText(input, above))?.shift();
    if (at === undefined) unmatched.push(input);
    else {
      taken.push(at);
      compareSame(slot, before[at]!, input, above, found);
    }
  }
  const gone = before.filter((_, at) => !taken.includes(at));
  if (taken.some((at, k) => k > 0 && at < taken[k - 1]!) && isReordered(before, after))
    found.own.push({ kind: 'order', slot });
  compareOthers(slot, gone, unmatched, above, found);
}

/** Inputs with the same bytes may change places. */
function isReordered(before: readonly SideInput[], after: readonly SideInput[]): boolean {
  return before.some(({ digest }, at) => digest !== after[at]?.digest);
}

/** The source as the earlier side calls it; a text that it has nowhere for a node that was added. */
function earlierText({ from }: SideInput, above: Above): string {
  if (from.kind !== 'node') return sourceText(from);
  const was = above.wasCalled(from.node);
  return was === undefined ? '' : sourceText({ ...from, node: was });
}

/** The input comes from where it came from. */
function compareSame(slot: string, before: SideInput, after: SideInput, above: Above, found: Found): void {
  const { from } = after;
  if (before.digest !== null && before.digest === after.digest) {
    if (from.kind === 'node' && above.differs(from.node)) found.same.push(from.node);
    return;
  }
  if (from.kind !== 'node') found.own.push(fileChange(slot, before, after));
  else if (above.differs(from.node)) found.from.push(from.node);
  else if (after.digest !== null) found.unstable.push({ node: from.node, output: from.output });
}

/** What comes from elsewhere, and what no longer comes. */
function compareOthers(
  slot: string,
  gone: readonly SideInput[],
  come: readonly SideInput[],
  above: Above,
  found: Found,
): void {
  const isNew = ({ from }: SideInput): boolean => from.kind === 'node' && above.wasCalled(from.node) === undefined;
  const isGone = ({ from }: SideInput): boolean => from.kind === 'node' && above.isRemoved(from.node);
  const old = gone.filter((input) => !isGone(input));
  const now = come.filter((input) => !isNew(input));
  const isSingle = [...gone, ...come].every(({ index }) => index === null);
  // A node that was put between two others is wired on purpose.
  const explained = isSingle && old.length + now.length > 0 ? [] : [...gone.filter(isGone), ...come.filter(isNew)];
  for (const { from } of explained) if (from.kind === 'node') found.from.push(from.node);
  const [left, right] = isSingle ? (explained.length > 0 ? [[], []] : [gone, come]) : [old, now];
  for (let k = 0; k < Math.max(left.length, right.length); k++) {
    const [was, is] = [left[k], right[k]];
    if (was?.digest != null && was.digest === is?.digest) continue;
    const files = [was, is].every((input) => input === undefined || input.from.kind === 'file');
    found.own.push(files && was !== undefined && is !== undefined ? fileChange(slot, was, is) : wiring(slot, was, is));
  }
}

function fileChange(slot: string, before: SideInput, after: SideInput): Change {
  return {
    kind: 'file',
    slot,
    before: sourceText(before.from),
    after: sourceText(after.from),
    digests: { before: before.digest, after: after.digest },
  };
}

function wiring(slot: string, before: SideInput | undefined, after: SideInput | undefined): Change {
  return {
    kind: 'wiring',
    slot,
    before: before === undefined ? null : sourceText(before.from),
    after: after === undefined ? null : sourceText(after.from),
  };
}

/**
 * Why a node has no state, in one clause: the difference from the nearest state on record. A node's own states come
 * first, then those of its name in other pipelines; of several that differ in as many fields, the newest counts. A node
 * that is on record nowhere is new: its differences from another instance of its stage say nothing.
 */
import { diffFields, type Field, type FieldChange } from '../../../core/identity/cache-key.ts';
import type { Digest } from '../../../core/identity/digest.ts';
import { changeClause } from '../../../identity/change-clause.ts';
import type { ComparableStates } from './comparable-states.ts';

const MOST_CHANGES = 3;

/** Of a node whose stage has no state on record. */
export const FIRST_RUN = 'first run';

/** Of a node whose stage ran for other nodes only. */
const NEW_NODE = 'new node';

export function explain(fields: readonly Field[], { node, own, ofStage }: ComparableStates): string {
  const nearest = nearestTo(fields, own);
  if (nearest !== undefined) return differences(nearest, fields);
  const others = ofStage();
  // A node of this name in another pipeline is what this one was made after.
  const namesakes = others.filter((other) => other.node === node).map((other) => other.fields);
  const namesake = nearestTo(fields, namesakes);
  if (namesake !== undefined) return differences(namesake, fields);
  return others.length === 0 ? FIRST_RUN : NEW_NODE;
}

function differences(before: readonly Field[], after: readonly Field[]): string {
  const changes = diffFields(before, after);
  const clauses = [
    ...changesOfLists(changes, before, after),
    ...changes.filter((change) => !isListed(change)).map(changeClause),
  ];
  const more = clauses.length - MOST_CHANGES;
  return clauses.slice(0, MOST_CHANGES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

const LISTED = /^in\.(.+)\.\d+$/;

function isListed({ name }: FieldChange): boolean {
  return LISTED.test(name);
}

/** Inputs of a slot that takes many, as one clause a slot: `9 of 12 inputs of "evaluations" removed`. */
function changesOfLists(
  changes: readonly FieldChange[],
  before: readonly Field[],
  after: readonly Field[],
): readonly string[] {
  const clauses: string[] = [];
  for (const [how, belongs] of Object.entries(WAYS)) {
    const counts = new Map<string, number>();
    for (const change of changes) {
      const slot = LISTED.exec(change.name)?.[1];
      if (slot !== undefined && belongs(change)) counts.set(slot, (counts.get(slot) ?? 0) + 1);
    }
    for (const [slot, count] of counts) {
      const all = (how === 'added' ? after : before).filter(({ name }) => LISTED.exec(name)?.[1] === slot).length;
      clauses.push(`${count} of ${all} inputs of "${slot}" ${how}`);
    }
  }
  return clauses;
}

const WAYS: Readonly<Record<string, (change: FieldChange) => boolean>> = {
  removed: ({ after }) => after === undefined,
  added: ({ before }) => before === undefined,
  changed: ({ before, after }) => before !== undefined && after !== undefined,
};

function nearestTo(fields: readonly Field[], recent: Iterable<readonly Field[]>): readonly Field[] | undefined {
  const digests = new Map(fields.map(({ name, digest }) => [name, digest]));
  let nearest: readonly Field[] | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of recent) {
    const distance = distanceTo(candidate, digests);
    if (distance < fewest) [nearest, fewest] = [candidate, distance];
    // None is nearer, and older ones do not have to be read.
    if (fewest <= 1) break;
  }
  return nearest;
}

/**
 * The number of fields that `diffFields` would list. That is called only for the nearest candidate: listing and sorting
 * take most of the time.
 */
function distanceTo(candidate: readonly Field[], digests: ReadonlyMap<string, Digest>): number {
  let common = 0;
  let same = 0;
  for (const { name, digest } of candidate) {
    const other = digests.get(name);
    if (other === undefined) continue;
    common++;
    if (other === digest) same++;
  }
  return candidate.length + digests.size - common - same;
}

/** The numbers in a JSON value, by their paths: what a result can be compared by. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';

export interface NumberLeaf {
  /** `score.ams`, `score.folds[2].ams` */
  readonly path: string;
  readonly value: number;
  /** The standard error, where the value is written as `{ value, error }`. */
  readonly error: number | null;
}

/** Longer lists are data, and not results that a person compares. */
const LONGEST_LIST = 20;
const MOST_LEAVES = 500;

/** In the order of the value's members. Of a value with more than 500 numbers, the first 500. */
export function numberLeaves(value: CanonicalValue, path: string): readonly NumberLeaf[] {
  const leaves: NumberLeaf[] = [];
  collect(value, path, leaves);
  return leaves;
}

function collect(value: CanonicalValue, path: string, leaves: NumberLeaf[]): void {
  if (leaves.length >= MOST_LEAVES) return;
  if (typeof value === 'number') leaves.push({ path, value, error: null });
  else if (Array.isArray(value)) {
    const items = value as readonly CanonicalValue[];
    if (items.length <= LONGEST_LIST) items.forEach((item, index) => collect(item, `${path}[${index}]`, leaves));
  } else if (typeof value === 'object' && value !== null) {
    const { value: centre, error, ...others } = value as Readonly<Record<string, CanonicalValue>>;
    const isMeasurement = typeof centre === 'number' && typeof error === 'number';
    if (isMeasurement) leaves.push({ path, value: centre, error });
    for (const [name, member] of Object.entries(isMeasurement ? others : value))
      collect(member, `${path}.${name}`, leaves);
  }
}

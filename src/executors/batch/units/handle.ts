/** What leads a later run to a task that an earlier one has submitted. */
import type { CanonicalValue } from '../../../core/identity/canonical.ts';

export interface Handle {
  readonly unit: string;
  /** Which of the unit's tasks it is. */
  readonly member: number;
}

export function isUnitName(name: string): boolean {
  return /^[0-9a-f]{16}$/.test(name);
}

/** Undefined for a handle of another executor. */
export function handleIn(place: CanonicalValue): Handle | undefined {
  const { unit, member } = (place ?? {}) as Partial<Handle>;
  const isOurs = typeof unit === 'string' && isUnitName(unit) && Number.isSafeInteger(member);
  return isOurs ? { unit, member: member! } : undefined;
}

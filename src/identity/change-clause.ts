/** The words for a field of a key that differs. */
import { type Field, type FieldChange, shownPreview } from '../core/identity/cache-key.ts';

/** What differs in one field, in a clause: `param.rate 0.1 -> 0.2`. */
export function changeClause({ name, before, after }: FieldChange): string {
  if (name === 'code') return 'code changed';
  if (before === undefined) return `${name} added`;
  if (after === undefined) return `${name} removed`;
  if (name === 'seed') return `seed ${seedIn(before)} -> ${seedIn(after)}`;
  // The version that a package gives itself may stay when its files do not.
  if (name.startsWith('dep.') && before.preview === after.preview)
    return `${name} ${before.preview} -> ${after.preview} (content changed)`;
  const [old, now] = [shownPreview(before), shownPreview(after)];
  return name.startsWith('in.') || old === now ? `${name} changed` : `${name} ${old} -> ${now}`;
}

/** The preview of a seed is `<seed of the run> for <node>`. */
function seedIn({ preview }: Field): string {
  return preview.slice(0, preview.indexOf(' for '));
}

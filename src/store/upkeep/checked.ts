/** What the checks of fsck share. */
import type { Diagnostic } from '../../core/diagnostics/diagnostic.ts';
import type { SqliteDatabase } from '../database/database.ts';
import type { ObjectStore } from '../objects/object-store.ts';

/** A cache that is checked, with a connection of its own. */
export interface Checked {
  readonly directory: string;
  readonly db: SqliteDatabase;
  readonly objects: ObjectStore;
}

/** Damage that fsck cannot repair. */
export function damage(kind: Diagnostic['kind'], text: string): Diagnostic {
  return { kind, damage: true, text, repaired: false };
}

/** What the observers report: something that can be reached, and what was called for it. */
import type { AccessKind } from '../../../core/authoring/access.ts';

/** Something that can be reached, as an observer names it. */
export interface Source {
  /** Tells it from all others. */
  readonly key: string;
  readonly kind: AccessKind;
  readonly detail: string;
  readonly call: string;
  /** False for a call that another one follows, which is counted. */
  readonly counts?: boolean;
}

export function source(kind: AccessKind, detail: string, call = detail, counts = true): Source {
  return { key: `${kind} ${detail}`, kind, detail, call, counts };
}

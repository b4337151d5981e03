/** The words for a state that a key means because a person accepted that. */

/** `accepted by ann on 2026-11-28: only a log line` */
export function acceptanceClause({
  kind,
  user,
  at,
  message,
}: {
  readonly kind: 'accepted' | 'renamed' | 'rekeyed';
  /** Null where the system does not know. */
  readonly user: string | null;
  readonly at: number;
  readonly message: string;
}): string {
  const what = WORDS[kind];
  const who = user === null ? '' : ` by ${user}`;
  return `${what}${who} on ${new Date(at).toISOString().slice(0, 10)}: ${message}`;
}

const WORDS = {
  accepted: 'accepted',
  renamed: 'accepted as renamed',
  rekeyed: 'accepted as the same program',
} as const;

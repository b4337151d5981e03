/** The words for a state that a key means because a person accepted that. */

/** `accepted by ann on 2026-11-28: only a log line` */
export function acceptanceClause({
  kind,
  user,
  at,
  message,
}: {
  readonly kind: 'accepted' | 'renamed';
  /** Null where the system does not know. */
  readonly user: string | null;
  readonly at: number;
  readonly message: string;
}): string {
  const what = kind === 'renamed' ? 'accepted as renamed' : 'accepted';
  const who = user === null ? '' : ` by ${user}`;
  return `${what}${who} on ${new Date(at).toISOString().slice(0, 10)}: ${message}`;
}

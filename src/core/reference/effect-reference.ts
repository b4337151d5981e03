/**
 * How people name an effect table, a row or a number of it:
 *
 *     effect:STUDY[/BRANCH[~OTHER][/METRIC][/NUMBER]]
 *
 * STUDY is an experiment, whose latest tables are meant, or the first digits of a table's digest. OTHER is what the
 * branch is compared with: the step before it on a cumulative path. NUMBER is `difference`, `low`, `p` and so on; the
 * metric may be left out where there is one. Names of metrics may hold slashes, those of branches not.
 */

export interface EffectReference {
  readonly study: string;
  /** Undefined for all of the tables. */
  readonly branch: string | undefined;
  /** What follows `~`. */
  readonly than: string | undefined;
  /** The rest: a metric, a number, or both; empty if neither is given. */
  readonly rest: string;
}

const EFFECT = /^effect:([^/]+)(?:\/([^/~]+)(?:~([^/]+))?(?:\/(.+))?)?$/s;

/** Undefined for what does not begin so. */
export function parseEffectReference(text: string): EffectReference | undefined {
  const [, study, branch, than, rest = ''] = EFFECT.exec(text) ?? [];
  return study === undefined ? undefined : { study, branch, than, rest };
}

/** The reference of a row or, with `cell`, of a number of it. */
export function effectReference(of: {
  readonly study: string;
  readonly variant: string;
  readonly than?: string | undefined;
  readonly metric: string;
  readonly cell?: string | undefined;
}): string {
  const { study, variant, than, metric, cell } = of;
  const branch = than === undefined ? variant : `${variant}~${than}`;
  return `effect:${[study, branch, metric, ...(cell === undefined ? [] : [cell])].join('/')}`;
}

/** Where tags are: one table for runs, one for states. */

/** What can be tagged or pinned: the id of a run's or a state's row. */
export type RunOrStateId = { readonly run: number } | { readonly state: number };

export type TagTable = 'run_tag' | 'state_tag';

export function rowOf(target: RunOrStateId): {
  readonly table: TagTable;
  readonly column: 'run' | 'state';
  readonly id: number;
} {
  return 'run' in target
    ? { table: 'run_tag', column: 'run', id: target.run }
    : { table: 'state_tag', column: 'state', id: target.state };
}

/** What an execution reads of a prepared run. */
import type { PreparedRun } from '../../planning/plan/prepared-run.ts';

export interface PlannedWork extends Pick<
  PreparedRun,
  | 'conditions'
  | 'cutoff'
  | 'devices'
  | 'explain'
  | 'fieldsOf'
  | 'fileDigests'
  | 'files'
  | 'nodes'
  | 'selection'
  | 'steps'
> {
  readonly definition: Pick<PreparedRun['definition'], 'codes' | 'graph'>;
}

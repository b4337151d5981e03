/** The parts of a prepared run that an execution reads. */
import type { PreparedRun } from '../../planning/plan/prepared-run.ts';

export interface PlannedWork extends Pick<
  PreparedRun,
  | 'accepted'
  | 'conditions'
  | 'cutoff'
  | 'devices'
  | 'explain'
  | 'fieldsOf'
  | 'fileDigests'
  | 'files'
  | 'newestState'
  | 'nodes'
  | 'ranks'
  | 'recorded'
  | 'repetitions'
  | 'sameBitsTogether'
  | 'selection'
  | 'steps'
> {
  readonly definition: Pick<PreparedRun['definition'], 'codes' | 'graph'>;
}

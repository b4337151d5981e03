/** A study whose plan is made. */
import type { PreparedRun } from '../../planning/plan/prepared-run.ts';
import type { StudyGraph } from './study-graph.ts';
import type { Study } from './study.ts';

export interface PlannedStudy extends Pick<StudyGraph, 'definition' | 'runs'> {
  /** Its branches are those that differ from each other. */
  readonly study: Study;
  readonly prepared: PreparedRun;
}

/** Costs as rows of a table for programs: of many runs one row a run, of one run one row a stage. */
import type { CostReport, RunCostReport } from '../../../audit/cost/run-cost.ts';
import type { CsvCell } from '../../output/csv.ts';

type Rows = readonly (readonly CsvCell[])[];

export function costRows({ runs }: CostReport): Rows {
  return [
    [
      'run',
      'pipeline',
      'started',
      'jobs',
      'ran',
      'hits',
      'wallSeconds',
      'seconds',
      'cpuSeconds',
      'savedSeconds',
      'lostSeconds',
    ],
    ...runs.map((run) => [
      run.run,
      run.pipeline,
      new Date(run.startedAt).toISOString(),
      run.jobs,
      run.ran,
      run.hits,
      run.wallSeconds,
      run.seconds,
      run.cpuSeconds,
      run.savedSeconds,
      run.lostSeconds,
    ]),
  ];
}

export function runCostRows({ run, stages }: RunCostReport): Rows {
  return [
    ['run', 'stage', 'ran', 'hits', 'seconds', 'cpuSeconds', 'savedSeconds', 'peakBytes'],
    ...stages.map(({ stage, ran, hits, seconds, cpuSeconds, savedSeconds, peakBytes }) => [
      run,
      stage,
      ran,
      hits,
      seconds,
      cpuSeconds,
      savedSeconds,
      peakBytes,
    ]),
  ];
}

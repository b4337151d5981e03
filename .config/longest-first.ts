/**
 * The order of the test files: what takes longest starts first, so that no processor waits at the end for one long file.
 * End-to-end tests come before unit tests, which stay together: only then can they share a process.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of more than ten seconds, the longest first. Their order is all that depends on this list. */
const LONG = [
  'torture/mutations',
  'torture/slurm-faults',
  'torture/slurm.test.ts',
  'torture/batch-executor',
  'torture/misbehaving',
  'torture/kills',
  'release/docs',
  'e2e/cache-trouble',
  'executors/worker/processes',
  'e2e/terminal',
  'e2e/higgs-averaging',
  'release/package.test.ts',
  'e2e/higgs.',
  'e2e/verify',
  'e2e/remote-file',
  'e2e/tensorflow',
  'executors/worker/worker-executor',
  'e2e/killed',
  'e2e/interrupt',
  'e2e/sharing',
  'remote/places/s3/buckets',
  'e2e/watch.',
  'docs/types',
  'e2e/higgs',
  'e2e/undeclared',
  'e2e/failures',
  'pipelines/higgs/pipeline',
  'pipelines/higgs/averaging',
  'cli/through',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = (file: TestSpecification): number => {
      const index = LONG.findIndex((name) => file.moduleId.includes(`/test/${name}`));
      return (
        (file.project.name === 'unit' || file.project.name === 'in-process' ? 1000 : 0) +
        (index < 0 ? LONG.length : index)
      );
    };
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

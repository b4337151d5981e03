/**
 * The order of the test files: what takes longest starts first, so that no processor waits at the end for one long
 * file. Tests that share a process stay together, those with a process of their own come first.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that are left out come last. */
const PROJECTS = ['own-process', 'e2e', 'gpu', 'in-process', 'unit'];

/** Files of more than ten seconds, the longest of each project first. Their order is all that depends on this list. */
const LONG = [
  'torture/mutations',
  'torture/slurm-faults',
  'torture/slurm.test.ts',
  'torture/batch-executor',
  'torture/misbehaving',
  'torture/kills',
  'release/docs',
  'release/together',
  'release/webgpu',
  'release/tensorflow',
  'release/isolation',
  'release/replay',
  'release/higgs-averaging',
  'release/package.test.ts',
  'docs/types',
  'executors/worker/worker-executor',
  'executors/worker/hostile-stages',
  'executors/in-process/in-process-executor',
  'ml/tensorflow/native',
  'executors/worker/processes',
  'executors/worker/together',
  'e2e/terminal.',
  'e2e/verify',
  'e2e/cache-trouble',
  'e2e/identity',
  'e2e/closed-pipe',
  'e2e/interrupt',
  'e2e/completion',
  'e2e/killed',
  'e2e/higgs.',
  'e2e/watch.',
  'e2e/sharing',
  'cli/doctor',
  'e2e/remote-file',
  'remote/places/s3/buckets',
  'e2e/terminal',
  'e2e/undeclared',
  'e2e/restoring',
  'e2e/secrets',
  'ml/webgpu/group',
  'pipelines/higgs/short-runs',
  'cli/through',
  'audit/why/mutations',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => inProjects(a) - inProjects(b) || inLong(a) - inLong(b));
  }
}

function inProjects({ project }: TestSpecification): number {
  return placeIn(PROJECTS, (name) => name === project.name);
}

function inLong({ moduleId }: TestSpecification): number {
  return placeIn(LONG, (name) => moduleId.includes(`/test/${name}`));
}

function placeIn<T>(list: readonly T[], isIt: (each: T) => boolean): number {
  const index = list.findIndex(isIt);
  return index < 0 ? list.length : index;
}

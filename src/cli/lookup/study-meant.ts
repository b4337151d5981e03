/** The experiment that a command line means. */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { StudyRecord } from '../../store/query/studies.ts';

/** The latest of this name, or the latest of all. @throws UsageError */
export function studyMeant({ query }: Cache, name: string | undefined): StudyRecord {
  const found = query.studies.latest(name);
  if (found !== undefined) return found;
  const known = query.studies.names();
  if (name === undefined || known.length === 0)
    throw new UsageError('No experiment is on record yet; run one with: restage ablate FILE');
  throw new UsageError(
    `No experiment named ${name} is on record${didYouMean(name, known)}; there is ${known.join(', ')}.`,
  );
}

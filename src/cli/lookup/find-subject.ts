/** What a word of `how` and `uses` means: anything that a reference names, and numbers, metrics and files besides. */
import type { SubjectSearch } from '../../audit/lineage/find-subject.ts';
import type { TodaysPlace } from '../../audit/today/today-facts.ts';
import { projectRoot } from '../../identity/environment/package-root.ts';
import type { Cache } from '../../store/cache.ts';
import type { Call } from '../arguments/verb.ts';
import { findNamed } from './look-up.ts';

export function subjectSearch(cache: Cache, call: Call): SubjectSearch {
  return { find: (reference) => findNamed(cache, reference, call), directory: call.io.cwd };
}

export function todaysPlace({ io }: Call): TodaysPlace {
  return { root: projectRoot(io.cwd), workingDirectory: io.cwd };
}

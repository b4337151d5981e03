/**
 * RO-Crate metadata of what is bundled, so that an archive that knows such crates can read a bundle as one. Of several
 * things at once there is none: a crate is about one.
 */
import type { Subject } from '../../audit/lineage/subject.ts';
import { subjectFacts } from '../../export/gather.ts';
import { roCrateOf } from '../../export/ro-crate/ro-crate.ts';
import { workflowText } from '../../export/ro-crate/workflow.ts';
import type { Cache } from '../../store/cache.ts';
import { CRATE_NAMES, objectName } from '../manifest.ts';
import type { Included } from './pages.ts';

/**
 * @param named what it is called in the bundle, however it was asked for
 * @returns files by their names in the bundle
 */
export function crateFiles(
  cache: Cache,
  subject: Subject,
  { named, included }: { readonly named: string; readonly included: Included },
): ReadonlyMap<string, string> {
  const facts = { ...subjectFacts(cache, subject), asked: named };
  const crate = roCrateOf(facts, { pathOf: (digest) => (included.has(digest) ? objectName(digest) : undefined) });
  return new Map([
    [CRATE_NAMES.metadata, `${JSON.stringify(crate, null, 1)}\n`],
    [CRATE_NAMES.workflow, workflowText(facts)],
  ]);
}

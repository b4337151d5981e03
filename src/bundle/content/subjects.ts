/** What is bundled: what words mean on record, as the bundle's manifest says it, and which states that takes. */
import { jsonNumber } from '../../core/numeric/json-number.ts';
import { short } from '../../core/identity/digest.ts';
import { BundleError } from '../../errors.ts';
import { lineageOf, type Lineage } from '../../audit/lineage/lineage.ts';
import type { Root, Subject } from '../../audit/lineage/subject.ts';
import type { Cache } from '../../store/cache.ts';
import type { SliceRoots } from '../../store/slice/cut-slice.ts';
import type { BundledSubject } from '../manifest.ts';

export interface Chosen {
  readonly subjects: readonly BundledSubject[];
  /** Of all of them together, producers first. */
  readonly lineage: Lineage;
  readonly slice: SliceRoots;
}

/** @throws BundleError for what nothing made, and for effects */
export function choose(cache: Cache, subjects: readonly Subject[]): Chosen {
  const roots = subjects.flatMap((subject) => statesMeant(cache, subject));
  const unique = [...new Map(roots.map((root) => [root.id, root])).values()];
  const lineage = lineageOf(cache, { ...subjects[0]!, roots: unique });
  const ofRuns = (whole: boolean): readonly number[] =>
    subjects.flatMap(({ kind, run }) => (run === undefined || (kind === 'run') !== whole ? [] : [run]));
  return {
    subjects: subjects.map(described),
    lineage,
    slice: { states: unique.map(({ id }) => id), runs: ofRuns(false), wholeRuns: ofRuns(true) },
  };
}

/** Of a run, every state that it came to: not only those of its results. @throws BundleError */
function statesMeant({ query }: Cache, { kind, asked, run, roots }: Subject): readonly Root[] {
  if (kind === 'effects')
    throw new BundleError(
      `${asked} is an effect of an experiment, which compares many runs; bundle the runs: "restage bundle run:1 run:2 -o FILE".`,
    );
  if (roots.length === 0)
    throw new BundleError(
      `${asked} is a file that no stage made, so there is nothing to bundle; name what was made of it.`,
    );
  if (kind !== 'run') return roots;
  const others = query.visits.ofRun(run!).flatMap(({ node, state }): readonly Root[] => {
    if (state === null) return [];
    return [{ id: state.id, state: state.key, node, output: undefined, result: undefined }];
  });
  return [...others, ...roots];
}

function described({ kind, run, roots, path, value }: Subject): BundledSubject {
  if (kind === 'effects' || kind === 'input') throw new Error(`internal error: ${kind} is not bundled`);
  return {
    kind,
    name: nameOf({ kind, run, path }, roots),
    run: run ?? null,
    roots: roots.map(({ state, node, output }) => ({ state, node, output: output ?? null })),
    path: path ?? null,
    value: typeof value === 'number' ? jsonNumber(value) : (value ?? null),
  };
}

function nameOf({ kind, run, path }: Pick<Subject, 'kind' | 'run' | 'path'>, [root]: readonly Root[]): string {
  if (kind === 'run') return `run:${run}`;
  const owner = run === undefined ? short(root!.state) : `run:${run}/${root!.node}`;
  return [owner, root!.output, path].filter((part) => part !== undefined && part !== '').join('.');
}

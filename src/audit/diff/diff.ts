/** What two references are compared as: runs, states, artifacts or code. */
import { UsageError } from '../../errors.ts';
import { type Digest, short } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { StateRecord } from '../../store/query/states.ts';
import { noState } from '../../store/reference/find.ts';
import type { Found } from '../../store/reference/found.ts';
import { oneTable } from '../../store/reference/one-table.ts';
import { type ArtifactDiff, diffArtifacts, type Side } from './diff-artifacts.ts';
import { type CodeDiff, diffCodes } from './diff-codes.ts';
import { diffRuns, type RunDiff } from './diff-runs.ts';
import { diffStates, type StateDiff } from './diff-states.ts';

export type Diff =
  | ({ readonly kind: 'runs' } & RunDiff)
  | ({ readonly kind: 'states' } & StateDiff)
  | { readonly kind: 'artifacts'; readonly name: string; readonly artifacts: ArtifactDiff }
  | ({ readonly kind: 'codes' } & CodeDiff);

/** What a reference stands for in a comparison. */
export type Comparable =
  | { readonly kind: 'runs'; readonly run: RunRecord }
  | { readonly kind: 'states'; readonly state: StateRecord }
  | { readonly kind: 'artifacts'; readonly name: string; readonly side: Side }
  | { readonly kind: 'codes'; readonly digest: Digest };

/** @throws UsageError for a node without a state, and for several effect tables or a part of one */
export function comparable({ query }: Cache, word: string, found: Found): Comparable {
  switch (found.kind) {
    case 'run':
      return { kind: 'runs', run: found.run };
    case 'node':
      if (found.state === undefined) throw new UsageError(noState(query, found));
      return { kind: 'states', state: found.state };
    case 'state':
      return { kind: 'states', state: found.state };
    case 'output':
      return { kind: 'artifacts', name: found.output.name, side: found.output };
    case 'artifact': {
      const { digest } = found.artifact;
      const kind = query.lineage.producers(digest, 1)[0]?.kind ?? 'bytes';
      return { kind: 'artifacts', name: short(digest), side: { ...found.artifact, kind } };
    }
    case 'code':
      return { kind: 'codes', digest: found.digest };
    case 'effects': {
      const { key, content } = oneTable(word, found);
      return { kind: 'artifacts', name: short(key), side: { ...content, kind: 'json' } };
    }
  }
}

/** @throws UsageError for two sides of different kinds */
export function diff(cache: Cache, before: Comparable, after: Comparable): Diff {
  if (before.kind === 'runs' && after.kind === 'runs')
    return { kind: 'runs', ...diffRuns(cache, before.run, after.run) };
  if (before.kind === 'states' && after.kind === 'states')
    return { kind: 'states', ...diffStates(cache, before.state, after.state) };
  if (before.kind === 'codes' && after.kind === 'codes')
    return { kind: 'codes', ...diffCodes(cache, before.digest, after.digest) };
  if (before.kind === 'artifacts' && after.kind === 'artifacts')
    return {
      kind: 'artifacts',
      name: after.name,
      artifacts: diffArtifacts(cache, before.side, after.side, after.name),
    };
  throw new UsageError(
    `The first is ${WORDS[before.kind]}, and the second ${WORDS[after.kind]}; name two of a kind, such as run:1 and run:2, or run:1/score and run:2/score.`,
  );
}

const WORDS: Readonly<Record<Comparable['kind'], string>> = {
  runs: 'a run',
  states: 'a state',
  artifacts: 'an output or an artifact',
  codes: 'the code of a stage',
};

/**
 * Whether the two sides differ in what a person would call their content: of runs, in results, metrics or wiring too.
 */
export function isDifferent(found: Diff): boolean {
  switch (found.kind) {
    case 'runs':
      return (
        found.outputs.differ > 0 ||
        [found.params, found.codes, found.fields, found.metrics, found.onlyBefore, found.onlyAfter].some(isFilled) ||
        [found.structure.added, found.structure.removed, found.structure.rewired].some(isFilled)
      );
    case 'states':
      return [found.fields, found.outputs, found.onlyBefore, found.onlyAfter].some(isFilled);
    case 'artifacts':
      return found.artifacts.how.type !== 'same';
    case 'codes':
      return found.files.length > 0;
  }
}

function isFilled(list: readonly unknown[]): boolean {
  return list.length > 0;
}

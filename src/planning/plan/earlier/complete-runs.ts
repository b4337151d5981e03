/** The latest complete runs of a pipeline, and which of them is the best base for a new plan. */
import type { CanonicalValue } from '../../../core/identity/canonical.ts';
import type { Digest } from '../../../core/identity/digest.ts';
import type { Cache } from '../../../store/cache.ts';
import { textsOf } from '../../definition/graph-memo.ts';
import { memoKey } from '../../definition/memo-key.ts';
import type { ResolvedRequest } from '../../request/resolve-request.ts';
import type { CompleteRun } from './earlier-plan.ts';
import { recordedKey } from '../outside/outside.ts';
import type { SecretDigests } from '../conditions/secret-digests.ts';
import type { KnownState } from '../plan.ts';
import { decodePlan, planKeyAt, type PlanMemo, stateKeyAt } from './plan-memo.ts';
import { lostStates } from './remembered-plan.ts';

/** A complete run, and the memo that remembers it. */
export interface RememberedRun extends CompleteRun {
  readonly key: Digest;
  readonly madeAt: number;
  readonly secrets: SecretDigests | undefined;
}

/** One of the latest complete runs of a pipeline. */
interface Recent {
  readonly key: Digest;
  readonly params: CanonicalValue;
}

const KEPT_RECENT = 6;

/**
 * Of the latest complete runs, the one with the nearest parameters; undefined if none is remembered.
 * @param ended how many equivalences are over
 */
export function nearestRun(
  cache: Cache,
  request: ResolvedRequest,
  params: CanonicalValue,
  ended: number,
): RememberedRun | undefined {
  const nearest = recentRuns(cache, request, ended)
    .map((recent) => ({ ...recent, distance: distance(params, recent.params) }))
    .sort((a, b) => a.distance - b.distance);
  for (const { key } of nearest) {
    const stored = cache.memos.find(key);
    if (stored === undefined) continue;
    const memo = decodePlan(stored.value);
    const texts = textsOf(cache, memo.texts);
    if (texts !== undefined)
      return { ...completeRun(cache, memo, texts), key, madeAt: stored.madeAt, secrets: memo.secrets };
  }
  return undefined;
}

function completeRun(cache: Cache, memo: PlanMemo, texts: readonly string[]): CompleteRun {
  const lost = lostStates(cache, memo);
  // The plan asks for it, and so does what remembers the next one.
  const states: (KnownState | undefined)[] = [];
  return {
    ids: memo.ids,
    stageText: (node) => memo.stages[memo.stageOf[node]!]![1],
    nodeTexts: texts,
    files: new Map([
      ...memo.externals,
      ...memo.recorded.map((input) => [recordedKey({ ...input, recorded: input.reference }), input.digest] as const),
    ]),
    planKey: (node) => planKeyAt(memo, node),
    nameId: (node) => memo.nameIds[node]!,
    state: (node) => {
      const id = memo.stateIds[node]!;
      if (lost.has(id)) return undefined;
      return (states[node] ??= { id, key: stateKeyAt(memo, node), seconds: memo.seconds[node]!, complete: true });
    },
  };
}

/** Puts a complete run first in the list. */
export function noteCompleteRun(cache: Cache, request: ResolvedRequest, run: Recent, ended: number): void {
  const others = recentRuns(cache, request, ended).filter(({ key }) => key !== run.key);
  const recent = [run, ...others].slice(0, KEPT_RECENT);
  cache.memos.set(recentKey(request, ended), 'complete-runs', Buffer.from(JSON.stringify(recent)));
}

function recentRuns(cache: Cache, request: ResolvedRequest, ended: number): readonly Recent[] {
  const stored = cache.memos.get(recentKey(request, ended));
  return stored === undefined ? [] : (JSON.parse(stored.toString()) as readonly Recent[]);
}

/** @param ended how many equivalences were over: a run that knew of fewer may rest on one that is over by now */
function recentKey({ project, workingDirectory }: ResolvedRequest, ended: number): Digest {
  return memoKey('complete-runs', [project.entry, workingDirectory, ended]);
}

/** How many leaves of the first value differ in the second one. */
function distance(value: CanonicalValue, other: CanonicalValue | undefined): number {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return JSON.stringify(value) === JSON.stringify(other) ? 0 : 1;
  const members =
    typeof other === 'object' && other !== null ? (other as Readonly<Record<string, CanonicalValue>>) : {};
  let sum = 0;
  for (const [name, member] of Object.entries(value)) sum += distance(member, members[name]);
  return sum;
}

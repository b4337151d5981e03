/**
 * The values of a study's metrics, read from the record: one a seed, one a fold in a cross-validation, or one an event;
 * each with the states that it is of. Of a branch that did not finish with a seed, what is there counts, and the rest
 * is named.
 */
import { groupOf, type RunValues, RunValuesReader } from '../../audit/runs/run-values.ts';
import { endsWith, findValue, type Quantity } from '../../audit/runs/run-value.ts';
import type { MetricOf } from '../../core/authoring/experiment.ts';
import type { ValueSource } from '../../core/statistics/effect-record.ts';
import type { Observation } from '../../core/statistics/observations.ts';
import type { Cache } from '../../store/cache.ts';
import type { ResultOutput } from '../../store/query/runs.ts';
import type { StudyRecord } from '../../store/query/studies.ts';
import type { StudyBranchRun } from '../../store/record/studies.ts';
import { eventValues } from './event-values.ts';
import { unfinishedParts } from './unfinished-branch.ts';

export interface MetricValue {
  readonly branch: string;
  readonly seed: number;
  /** `fold=3` of `train-fold@fold=3`; null where the metric is one number a run. */
  readonly instance: string | null;
  readonly found: Observation['found'];
  /** The states that it is of; none of what is missing. */
  readonly sources: readonly ValueSource[];
}

/** @throws UsageError for a name that several values of a run have */
export function metricValues(cache: Cache, study: StudyRecord, metric: MetricOf): readonly MetricValue[] {
  const reader = new RunValuesReader(cache);
  const places = cache.query.studies.branches(study.run).map((run) => placeOf(cache, reader, study, run));
  return valuesIn(cache, places, metric);
}

/** The same of some branches with a seed. @throws UsageError for a name that several values of a run have */
export function valuesIn(cache: Cache, places: readonly Place[], metric: MetricOf): readonly MetricValue[] {
  switch (metric.design) {
    case 'cross-validation':
      return byInstance(places, metric.of);
    case 'events':
      return places.map((place) => byEvent(cache, place, metric.of));
    case 'fixed-test-set':
    default:
      return places.map((place) => single(place, metric.of));
  }
}

/** A branch with a seed: its values, and the names of the nodes that did not finish. */
export interface Place extends Pick<StudyBranchRun, 'branch' | 'seed' | 'missing'> {
  readonly values: RunValues;
  readonly results: () => readonly ResultOutput[];
}

function placeOf(cache: Cache, reader: RunValuesReader, study: StudyRecord, given: StudyBranchRun): Place {
  const { branch, seed, run, missing } = given;
  if (run === null) {
    const parts = unfinishedParts(cache, study, given);
    const values = reader.ofParts(cache.query.runs.get(study.run)!, parts);
    return { branch, seed, missing, values, results: parts.results };
  }
  const results = (): readonly ResultOutput[] => cache.query.runs.resultOutputs(run);
  return { branch, seed, missing, values: reader.of(cache.query.runs.get(run)!), results };
}

function single(place: Place, of: string): MetricValue {
  const found = findValue(place.values, of);
  const isThere =
    found !== undefined && typeof found.value === 'number' && (place.missing.length === 0 || isWhole(found, place));
  return isThere ? valueOf(place, null, found as Quantity, of) : lacking(place, null, of);
}

/**
 * Of a branch that did not finish: parameters and facts are not its own, and the mean of some of its folds is not a
 * mean.
 */
function isWhole({ kind, name }: Pick<Quantity, 'name'> & { readonly kind: string }, { missing }: Place): boolean {
  return kind === 'result' || (kind === 'metric' && !missing.some((node) => name.startsWith(`${groupOf(node)}.`)));
}

/** `train-fold.loss` of `train-fold@fold=0.loss`, `train-fold@fold=1.loss`, ... */
function byInstance(places: readonly Place[], of: string): readonly MetricValue[] {
  const found = places.map(({ values }) => instancesOf(values, of));
  const groups = new Set([of.split('.', 1)[0]!, ...found.flat().map(({ group }) => group)]);
  return places.flatMap((place, index) => {
    const unfinished = place.missing.flatMap((node) => {
      const [group, instance] = [groupOf(node), node.slice(groupOf(node).length + 1)];
      return instance !== '' && groups.has(group) ? [lacking({ ...place, missing: [node] }, instance, of)] : [];
    });
    const own = found[index]!.map(({ instance, quantity }) => valueOf(place, instance, quantity, of));
    return own.length + unfinished.length === 0 ? [lacking(place, null, of)] : [...own, ...unfinished];
  });
}

interface Instance {
  readonly group: string;
  readonly instance: string;
  readonly quantity: Quantity;
}

function instancesOf(values: RunValues, of: string): readonly Instance[] {
  return [...values.instances().values()].flatMap((quantity) => {
    const [, node, instance, metric] = /^([^@]+)@((?:[^.]|\.\d)+)\.(.+)$/.exec(quantity.name) ?? [];
    if (node === undefined || !endsWith(`${node}.${metric!}`, of)) return [];
    return [{ group: node, instance: instance!, quantity }];
  });
}

function byEvent(cache: Cache, place: Place, of: string): MetricValue {
  const { branch, seed, values } = place;
  const events = eventValues(cache, place.results(), of);
  if ('missing' in events)
    return place.missing.length > 0 ? lacking(place, null, of) : missing(place, null, events.missing);
  const { name } = events.result;
  const sources = sourcesOf(values, { kind: 'result', name: events.path === '' ? name : `${name}.${events.path}` });
  return { branch, seed, instance: null, found: { kind: 'events', values: Float64Array.from(events.values) }, sources };
}

function valueOf(place: Place, instance: string | null, quantity: Quantity, of: string): MetricValue {
  const { value } = quantity;
  if (!Number.isFinite(value)) return missing(place, instance, `${of} is ${value}`);
  const { branch, seed, values } = place;
  return { branch, seed, instance, found: { kind: 'value', value }, sources: sourcesOf(values, quantity) };
}

function sourcesOf(values: RunValues, quantity: Pick<Quantity, 'kind' | 'name'>): readonly ValueSource[] {
  return values.sourcesOf(quantity).map(({ key, node, kind, name }) => ({ state: key, node, kind, name }));
}

function lacking(place: Place, instance: string | null, of: string): MetricValue {
  const [first, ...others] = place.missing;
  if (first === undefined) return missing(place, instance, `no ${of}`);
  return missing(place, instance, `${first}${others.length === 0 ? '' : ` and ${others.length} more`} did not finish`);
}

function missing({ branch, seed }: Place, instance: string | null, why: string): MetricValue {
  return { branch, seed, instance, found: { kind: 'failed', why }, sources: [] };
}

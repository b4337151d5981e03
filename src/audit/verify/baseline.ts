/**
 * A run as a file that another run can be held against: what became of its nodes, what their states depend on, and
 * their outputs by digest, small ones by value. It has no times but how long things took, so it fits a repository.
 */
import type { Output } from '../../core/artifact/artifact.ts';
import type { Field } from '../../core/identity/cache-key.ts';
import { type CanonicalValue, compareUtf8 } from '../../core/identity/canonical.ts';
import type { Digest } from '../../core/identity/digest.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { VisitRecord } from '../../store/query/visits.ts';
import { viewRun } from '../view/run-view.ts';

export interface Baseline {
  readonly format: 1;
  readonly kind: 'baseline';
  readonly pipeline: string;
  /** How the run ended. */
  readonly status: string;
  /** Of the whole run; null while it has no end. */
  readonly seconds: number | null;
  /** By path. */
  readonly params: Readonly<Record<string, CanonicalValue>>;
  readonly nodes: Readonly<Record<string, BaselineNode>>;
}

export interface BaselineNode {
  /** `made` is every way to have a state: whether it was a hit says nothing about the result. */
  readonly status: 'made' | 'failed' | 'skipped';
  /** What its state depends on: the fields of its key, by name. */
  readonly identity: Readonly<Record<string, Omit<Field, 'name'>>>;
  readonly outputs: Readonly<Record<string, BaselineOutput>>;
  /** That it took to make the state; null without one. */
  readonly seconds: number | null;
}

export interface BaselineOutput {
  readonly kind: string;
  readonly digest: Digest;
  readonly bytes: number;
  /** Of JSON that the record itself holds. */
  readonly value?: CanonicalValue;
}

export function baselineOf(cache: Cache, run: RunRecord): Baseline {
  const view = viewRun(cache.query, run);
  return {
    format: 1,
    kind: 'baseline',
    pipeline: run.pipeline,
    status: run.outcome,
    seconds: run.endedAt === null ? null : (run.endedAt - run.startedAt) / 1000,
    params: byName([...view.params]),
    nodes: byName([...view.nodes].map(([node, visit]) => [node, nodeOf(cache, visit)])),
  };
}

/** The text of the file: the same for the same run, and a line for each fact. */
export function baselineText(baseline: Baseline): string {
  return `${JSON.stringify(baseline, null, 2)}\n`;
}

/** @param file its name, for the message. @throws UsageError for anything but a baseline */
export function parseBaseline(text: string, file: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Told below.
  }
  if (isBaseline(value)) return value;
  throw new UsageError(`${file} is not a baseline of this version of restage; write one with verify --save FILE.`);
}

function nodeOf({ query }: Cache, { outcome, state }: VisitRecord): BaselineNode {
  const status = outcome === 'failed' || outcome === 'skipped' ? outcome : 'made';
  if (state === null) return { status, identity: {}, outputs: {}, seconds: null };
  return {
    status,
    identity: byName(query.states.fields(state.id).map(({ name, digest, preview }) => [name, { digest, preview }])),
    outputs: byName(query.states.outputs(state.id).map((output) => [output.name, outputOf(output)])),
    seconds: query.states.get(state.id)!.seconds,
  };
}

function outputOf({ kind, digest, bytes, inline }: Output): BaselineOutput {
  const facts = { kind, digest, bytes };
  if (kind !== 'json' || inline === null) return facts;
  const text = Buffer.from(inline).toString();
  const value = JSON.parse(text) as CanonicalValue;
  // What is read from the file must stand for the same bytes, as -0 does not.
  return JSON.stringify(value) === text ? { ...facts, value } : facts;
}

/** Sorted, so that two files of one run are the same. */
function byName<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => compareUtf8(a, b)));
}

function isBaseline(value: unknown): value is Baseline {
  if (!isObject(value)) return false;
  const { format, kind, pipeline, status, params, nodes } = value as Partial<Baseline>;
  return (
    format === 1 &&
    kind === 'baseline' &&
    typeof pipeline === 'string' &&
    typeof status === 'string' &&
    isObject(params) &&
    isObject(nodes) &&
    Object.values(nodes).every(
      (node) =>
        isObject(node) &&
        typeof node.status === 'string' &&
        isObject(node.identity) &&
        Object.values(node.identity).every((field) => isObject(field) && typeof field.preview === 'string') &&
        isObject(node.outputs) &&
        Object.values(node.outputs).every((output) => isObject(output) && typeof output.digest === 'string'),
    )
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The lineage of what was asked for, down to its roots: every state that it was made of, each once, with the code, the
 * parameters, the inputs, the packages and the machine that made it. Everything is read from the record, so it answers
 * after the code has changed and the bytes are gone.
 */
import type { Access } from '../../core/authoring/access.ts';
import type { Field } from '../../core/identity/cache-key.ts';
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';
import type { InputOfState, MadeState, OutputOfState } from '../../store/query/ancestry.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { LatestVerdict } from '../../store/query/verifications.ts';
import { type Acceptance, acceptancesIn, acceptancesOf } from '../view/acceptances.ts';
import { fieldsByMeaning, type FieldsByMeaning } from './field-meaning.ts';
import { describedStage } from './stage-description.ts';
import type { Subject } from './subject.ts';

/** An input of a state: an output of another state of the lineage, or a file of the user's. */
export interface LineageInput {
  readonly slot: string;
  /** Its place in a slot that takes many; null in any other. */
  readonly index: number | null;
  readonly digest: Digest;
  readonly bytes: number;
  readonly from:
    | { readonly state: CacheKey; readonly node: string; readonly output: string }
    /** Absolute, or the address of a remote file. */
    | { readonly path: string };
}

export interface LineageState extends FieldsByMeaning {
  readonly state: CacheKey;
  /** The node that made it, and its stage. */
  readonly node: string;
  readonly stage: string;
  readonly code: Digest;
  readonly run: number;
  readonly worker: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly seconds: number;
  /** Backend, its version and its device, as they described themselves. */
  readonly compute: string | null;
  readonly inputs: readonly LineageInput[];
  readonly outputs: readonly OutputOfState[];
  /** Whether anything watched what the attempt reached besides its inputs; `accesses` is empty if not. */
  readonly observed: boolean;
  readonly accesses: readonly Access[];
  /** What the latest `verify` of it came to; null if there was none. */
  readonly verified: LatestVerdict | null;
}

/** A stage's code, as it was. */
export interface LineageCode {
  readonly digest: Digest;
  readonly stage: string;
  readonly module: string;
  readonly exportName: string;
  readonly description: string | null;
  readonly sources: readonly { readonly path: string; readonly digest: Digest; readonly bytes: number }[];
}

/** A run that made states of the lineage, or in which it was asked for. */
export interface LineageRun extends Omit<RunRecord, 'id'> {
  readonly run: number;
  /** Host, user, versions and processor, as they were recorded. */
  readonly environment: Readonly<Record<string, unknown>>;
}

export interface InputFile {
  /** Absolute, or the address of a remote file. */
  readonly path: string;
  readonly digest: Digest;
  readonly bytes: number;
}

/**
 * A node that had another state in the run that was asked about than the one of this lineage, whose output has the same
 * bytes: what was above it changed, and an early cutoff ended that.
 */
export interface Renewed {
  readonly node: string;
  readonly stage: string;
  readonly run: number;
  /** The state of that run, and its code. */
  readonly state: CacheKey;
  readonly code: Digest;
}

export interface Lineage {
  readonly subject: Subject;
  /** Producers first. */
  readonly states: readonly LineageState[];
  readonly codes: readonly LineageCode[];
  readonly files: readonly InputFile[];
  readonly runs: readonly LineageRun[];
  readonly renewed: readonly Renewed[];
  /**
   * Other keys that mean states of this lineage by what a person accepted: those in force, and those that counted in
   * the run that was asked about.
   */
  readonly accepted: readonly Acceptance[];
}

export function lineageOf(cache: Cache, subject: Subject): Lineage {
  const { ancestry, accesses, verifications } = cache.query;
  const ids = ancestry.above(subject.roots.map(({ id }) => id));
  const made = ancestry.states(ids);
  const byId = new Map(made.map((state) => [state.id, state]));
  const [inputs, outputs, fields, reached, verified] = [
    ancestry.inputs(ids),
    ancestry.outputs(ids),
    ancestry.fields(ids),
    accesses.ofAll(ids),
    verifications.latest(ids),
  ];
  const states = made.map((state) =>
    stateOf(state, {
      inputs: (inputs.get(state.id) ?? []).map((input) => inputOf(input, byId)),
      outputs: outputs.get(state.id) ?? [],
      fields: fields.get(state.id) ?? [],
      reached: reached.get(state.id) ?? { observed: true, accesses: [] },
      verified: verified.get(state.id) ?? null,
    }),
  );
  const files = states.flatMap((state) => state.inputs.flatMap(fileOf));
  const runs = new Set([...states.map(({ run }) => run), ...(subject.run === undefined ? [] : [subject.run])]);
  if (subject.effects !== undefined) runs.add(subject.effects.run);
  return {
    subject,
    states,
    codes: [...new Set(states.map(({ code }) => code))].map((code) => lineageCode(cache, code)),
    files: [...new Map(files.map((file) => [`${file.path} ${file.digest}`, file])).values()],
    runs: [...runs].sort((a, b) => a - b).map((run) => runOf(cache, run)),
    renewed: subject.run === undefined ? [] : renewedIn(cache, subject.run, states),
    accepted: acceptedIn(cache, subject.run, ids),
  };
}

function acceptedIn({ query }: Cache, run: number | undefined, states: readonly number[]): readonly Acceptance[] {
  const all = acceptancesOf(query, states);
  if (all.length === 0) return [];
  const used = new Set(run === undefined ? [] : acceptancesIn(query, run).map(({ id }) => id));
  return all.filter(({ id, end }) => end === null || used.has(id));
}

function renewedIn({ query }: Cache, run: number, states: readonly LineageState[]): readonly Renewed[] {
  const known = new Set(states.map(({ state }) => state));
  const nodes = new Set(states.map(({ node }) => node));
  const other = query.visits
    .ofRun(run)
    .filter(({ node, state }) => state !== null && nodes.has(node) && !known.has(state.key));
  const made = new Map(query.ancestry.states(other.map(({ state }) => state!.id)).map((state) => [state.id, state]));
  return other.map(({ node, state }) => {
    const { key, stage, code } = made.get(state!.id)!;
    return { node, stage, run, state: key, code };
  });
}

interface Parts {
  readonly inputs: readonly LineageInput[];
  readonly outputs: readonly OutputOfState[];
  readonly fields: readonly Field[];
  readonly reached: { readonly observed: boolean; readonly accesses: readonly Access[] };
  readonly verified: LatestVerdict | null;
}

function stateOf(
  { key, node, stage, code, run, worker, startedAt, seconds, compute }: MadeState,
  { inputs, outputs, fields, reached, verified }: Parts,
): LineageState {
  const made = { state: key, node, stage, code, run, worker, startedAt, seconds, compute };
  return { ...made, ...fieldsByMeaning(fields), inputs, outputs, ...reached, verified };
}

function inputOf(input: InputOfState, states: ReadonlyMap<number, MadeState>): LineageInput {
  const { slot, index, digest, bytes, producer, output, path } = input;
  if (producer === null) return { slot, index, digest, bytes, from: { path: path ?? '' } };
  const { key, node } = states.get(producer)!;
  return { slot, index, digest, bytes, from: { state: key, node, output: output! } };
}

function fileOf({ digest, bytes, from }: LineageInput): readonly InputFile[] {
  return 'path' in from ? [{ path: from.path, digest, bytes }] : [];
}

/** Of a code that is on record. */
export function lineageCode(cache: Cache, digest: Digest): LineageCode {
  const { stage, module, exportName, sources } = cache.query.codes.origin(digest)!;
  return { digest, stage, module, exportName, description: describedStage(cache, stage, module, sources), sources };
}

function runOf({ query }: Cache, number: number): LineageRun {
  const { id, ...run } = query.runs.get(number)!;
  return { run: id, ...run, environment: (query.runs.environment(id) ?? {}) as Readonly<Record<string, unknown>> };
}

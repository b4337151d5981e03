/**
 * How the nodes of a past run were wired, read from its states: an input that a state took from another one came, in
 * this run, from the node that had those bytes.
 *
 * A state may be older than the run, and then it names the producer of its own time. That one is replaced by the node
 * of this run that came to the same bytes: by the producer itself where the run had it, else by the node of the
 * producer's name. A producer that has another name now is known by its stage: of the nodes with these bytes, one of
 * its stage that has them in an output of the same name, and with the same key of an instance, comes first.
 *
 * A node that took the state of another key, since a person accepted that, was given what its own key names.
 */
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { InputRecord } from '../../store/query/lineage.ts';
import type { StateInput } from '../../store/record/facts.ts';
import { type MeantKey, meantKeysIn } from './acceptances.ts';
import type { RunView } from './run-view.ts';

/** An input of a node of a run. */
export interface Edge {
  readonly slot: string;
  /** Its place in a slot that takes many; null in any other. */
  readonly index: number | null;
  readonly digest: Digest;
  readonly bytes: number;
  readonly from:
    | { readonly kind: 'node'; readonly node: string; readonly output: string }
    /** A state of another run, as `stateOutput` takes it, or one whose bytes no node of this run had. */
    | { readonly kind: 'state'; readonly state: CacheKey; readonly node: string; readonly output: string }
    | { readonly kind: 'file'; readonly path: string };
}

/** The inputs of every node that has a state, by the node's id. */
export function graphOfRun(
  query: Readers,
  view: RunView,
  meant: ReadonlyMap<string, MeantKey> = meantKeysIn(query, view.run.id),
): ReadonlyMap<string, readonly Edge[]> {
  const inputs = query.lineage.inputsOfRun(view.run.id);
  const owners = new Owners(query, view);
  const graph = new Map<string, readonly Edge[]>();
  for (const { node, state } of view.nodes.values())
    if (state !== null)
      graph.set(
        node,
        (givenOf(query, meant.get(node)) ?? inputs.get(state.id) ?? []).map((input) => edgeOf(input, owners)),
      );
  return graph;
}

/** Undefined where they are those of the state. */
function givenOf(query: Readers, key: MeantKey | undefined): readonly InputRecord[] | undefined {
  return key?.inputs?.map((input) => recordOf(query, input));
}

function recordOf(query: Readers, { from, ...input }: StateInput): InputRecord {
  if ('path' in from) return { ...input, from };
  const { stage, attempt } = query.states.get(query.states.byKey(from.state)!.id)!;
  return { ...input, from: { ...from, stage, node: query.attempts.get(attempt)!.node } };
}

function edgeOf({ slot, index, digest, bytes, from }: InputRecord, owners: Owners): Edge {
  const input = { slot, index, digest, bytes };
  if ('path' in from) return { ...input, from: { kind: 'file', path: from.path } };
  const { state, node, output } = from;
  const owner = owners.find(from.state, node, output, digest);
  return owner === undefined
    ? { ...input, from: { kind: 'state', state, node, output } }
    : { ...input, from: { kind: 'node', node: owner.node, output: owner.output } };
}

/** Which node of the run had which bytes. */
class Owners {
  readonly #query: Readers;
  readonly #view: RunView;
  readonly #nodeOf = new Map<CacheKey, string>();
  #byDigest: ReadonlyMap<Digest, readonly Candidate[]> | undefined;

  constructor(query: Readers, view: RunView) {
    this.#query = query;
    this.#view = view;
    for (const { node, state } of view.nodes.values())
      if (state !== null && !this.#nodeOf.has(state.key)) this.#nodeOf.set(state.key, node);
  }

  find(producer: CacheKey, node: string, output: string, digest: Digest): { node: string; output: string } | undefined {
    // Twins share a state: the one of the producer's name is the one that was wired.
    if (this.#view.nodes.get(node)?.state?.key === producer) return { node, output };
    const same = this.#nodeOf.get(producer);
    if (same !== undefined) return { node: same, output };
    const namesake = this.#view.nodes.get(node)?.state;
    if (namesake != null && this.#has(namesake.id, output, digest)) return { node, output };
    const candidates = this.#candidates().get(digest) ?? [];
    if (candidates.length < 2) return candidates[0];
    const { states, ancestry } = this.#query;
    const made = states.byKey(producer);
    const stage = made === undefined ? undefined : ancestry.states([made.id])[0]!.stage;
    const likeness = (each: Candidate): number =>
      (each.stage === stage ? 4 : 0) +
      (each.output === output ? 2 : 0) +
      (instanceKey(each.node) === instanceKey(node) ? 1 : 0);
    return candidates.reduce((best, each) => (likeness(each) > likeness(best) ? each : best));
  }

  #has(state: number, output: string, digest: Digest): boolean {
    return this.#query.states.outputs(state).some((each) => each.name === output && each.digest === digest);
  }

  /** Read only where a producer is gone from the run: after early cutoffs below renamed nodes. */
  #candidates(): ReadonlyMap<Digest, readonly Candidate[]> {
    if (this.#byDigest !== undefined) return this.#byDigest;
    const { states, ancestry } = this.#query;
    const visited = [...this.#view.nodes.values()].flatMap(({ node, state }) =>
      state === null ? [] : [{ node, id: state.id }],
    );
    const stages = new Map(ancestry.states(visited.map(({ id }) => id)).map(({ id, stage }) => [id, stage]));
    const outputs = states.outputsOfRun(this.#view.run.id);
    const byDigest = new Map<Digest, Candidate[]>();
    for (const { node, id } of visited)
      for (const { name, digest } of outputs.get(id) ?? []) {
        const candidate = { node, output: name, stage: stages.get(id)! };
        const known = byDigest.get(digest);
        if (known === undefined) byDigest.set(digest, [candidate]);
        else known.push(candidate);
      }
    return (this.#byDigest = byDigest);
  }
}

/** An output of a node of the run. */
interface Candidate {
  readonly node: string;
  readonly output: string;
  readonly stage: string;
}

/** `fold=3`, of `train@fold=3`; empty for a node that is not an instance. */
function instanceKey(node: string): string {
  const at = node.indexOf('@');
  return at < 0 ? '' : node.slice(at + 1);
}

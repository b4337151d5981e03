/**
 * Finds what a reference names on record. Every verb, `open()` and `stateOutput` ask here, so they cannot disagree.
 *
 * A name is read in this order, and the first that exists counts: a node, an output of a node, a tag, what a tag leads
 * to (`TAG/node`), a digest's first digits. A tag that is called like a node is `tag:NAME`.
 */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { short } from '../../core/identity/digest.ts';
import { parseReference, splitOutput, splitTag } from '../../core/reference/reference.ts';
import { UsageError } from '../../errors.ts';
import type { Readers } from '../query/readers.ts';
import type { PipelineId, RunRecord } from '../query/runs.ts';
import type { StateRecord } from '../query/states.ts';
import type { Tagged } from '../query/tags.ts';
import { byDigest } from './find-digest.ts';
import { effectsNamed } from './find-effects.ts';
import { latestNode, nodeInRun, notInRun, runNumbered, type Scope } from './find-node.ts';
import type { Found, FoundNode, FoundOutput } from './found.ts';
import { pipelinesCalled } from './pipelines.ts';

export interface FindOptions {
  /** The pipelines that are meant where the reference names none; undefined for any. */
  readonly pipelines?: readonly PipelineId[] | undefined;
  /** Whether the project still has this file, which is relative to it; default: yes. */
  readonly isThere?: (source: string) => boolean;
}

/**
 * Undefined if the name is none that the record knows. @throws UsageError if it names several things, or half of one
 */
export function findReference(query: Readers, text: string, options: FindOptions = {}): Found | undefined {
  const effects = effectsNamed(query, text);
  if (effects !== undefined) return effects;
  const { pipeline, run, tag, name } = parseReference(text);
  const pipelines = pipeline === undefined ? options.pipelines : pipelinesCalled(query, pipeline);
  const scope: Scope = { query, pipelines, isThere: options.isThere ?? (() => true) };
  if (run !== undefined) {
    const numbered = runNumbered(scope, run);
    return name === '' ? { kind: 'run', run: numbered } : inRun(scope, numbered, name);
  }
  if (tag !== undefined) return tagWithRest(scope, tag);
  const found = latestNode(scope, name) ?? outputOfNode((node) => latestNode(scope, node), query, name);
  return found ?? tagWithRest(scope, name) ?? byDigest(query, name) ?? outputOfDigest(query, name);
}

/** @throws UsageError if the run has no such node */
function inRun(scope: Scope, run: RunRecord, name: string): FoundNode | FoundOutput {
  const find = (node: string): FoundNode | undefined => nodeInRun(scope, run, node);
  const found = find(name) ?? outputOfNode(find, scope.query, name);
  if (found === undefined) throw notInRun(scope, run, splitOutput(name)?.owner ?? name);
  return found;
}

function outputOfNode(
  find: (node: string) => FoundNode | undefined,
  query: Readers,
  name: string,
): FoundOutput | undefined {
  const split = splitOutput(name);
  const of = split === undefined ? undefined : find(split.owner);
  if (of === undefined) return undefined;
  if (of.state === undefined) throw new UsageError(noState(query, of));
  return outputOf(query, of.state, split!.output, of.node, of);
}

/** Why a node has no state. */
export function noState(query: Readers, { node, latest, trying, inRun: isInRun }: FoundNode): string {
  const run = latest?.run ?? trying!.run;
  if (latest === undefined) return `${node} has no state yet: its attempt in run ${run} has not ended.`;
  const where = isInRun ? `has no state in run ${run}` : 'has no state yet';
  const told = query.attempts.latest(node, { run })?.failure?.message ?? latest.reason;
  const why = told === null ? '' : ` (${told})`;
  return `${node} ${where}: it ${latest.outcome === 'failed' ? 'failed' : 'was skipped'}${isInRun ? '' : ` in run ${run}`}${why}; run it first.`;
}

/** @throws UsageError if the state has no such output */
export function outputOf(
  query: Readers,
  state: StateRecord,
  name: string,
  node: string,
  of: FoundNode | undefined,
): FoundOutput {
  const outputs = query.states.outputs(state.id);
  const output = outputs.find((each) => each.name === name);
  if (output !== undefined) return { kind: 'output', of, state, output: { ...output, name: `${node}.${name}` } };
  const names = outputs.map((each) => each.name);
  throw new UsageError(`${node} has no output ${name}${didYouMean(name, names)}; it has ${names.join(', ')}.`);
}

/** `TAG`, `TAG.output`, `TAG/node` or `TAG/node.output`. */
function tagWithRest(scope: Scope, word: string): Found | undefined {
  const { query } = scope;
  const tagged = query.tags.list(word);
  if (tagged.length > 0) return theOne(query, word, word, tagged);
  for (const { tag, name } of splitTag(word)) {
    const on = query.tags.list(tag);
    if (on.length > 0) return belowTag(scope, tag, on, name);
  }
  const split = splitOutput(word);
  const onOwner = split === undefined ? [] : query.tags.list(split.owner);
  if (onOwner.length === 0) return undefined;
  const owner = theOne(query, split!.owner, word, onOwner);
  if (owner.kind !== 'state')
    throw new UsageError(
      `The tag ${split!.owner} is on a run; name an output in it, such as ${split!.owner}/node.output.`,
    );
  return outputOf(query, owner.state, split!.output, split!.owner, undefined);
}

const MOST_LISTED = 5;

function theOne(
  query: Readers,
  tag: string,
  word: string,
  tagged: readonly Tagged[],
): Extract<Found, { kind: 'run' | 'state' }> {
  if (tagged.length > 1) {
    const list = tagged
      .slice(0, MOST_LISTED)
      .map((each) => ('run' in each ? `run:${each.run}` : `${short(each.state)} (${each.stage})`));
    const more = tagged.length > MOST_LISTED ? ', ...' : '';
    throw new UsageError(
      `${word} is ambiguous: the tag ${tag} is on ${tagged.length} things; name one of them: ${list.join(', ')}${more}.`,
    );
  }
  const [only] = tagged;
  return 'run' in only!
    ? { kind: 'run', run: query.runs.get(only.run)! }
    : { kind: 'state', state: stateOf(query, only!) };
}

function stateOf(query: Readers, { state }: Extract<Tagged, { readonly state: unknown }>): StateRecord {
  return query.states.get(query.prefixes.states(state, 1)[0]!.id)!;
}

/** A node, or an output, of the run or the states with this tag. @throws UsageError */
function belowTag(scope: Scope, tag: string, on: readonly Tagged[], name: string): FoundNode | FoundOutput | Found {
  const { query } = scope;
  const owner = splitOutput(name);
  const states = on.flatMap((each) => ('run' in each ? [] : [stateOf(query, each)]));
  const nodeOf = (state: StateRecord): string => query.attempts.get(state.attempt)!.node;
  const exact = states.filter((state) => nodeOf(state) === name);
  const byOutput = owner === undefined ? [] : states.filter((state) => nodeOf(state) === owner.owner);
  const runs = on.flatMap((each) => ('run' in each ? [each] : []));
  const candidates = exact.length > 0 ? exact : byOutput;
  if (runs.length + candidates.length > 1)
    throw new UsageError(
      `${tag}/${name} is ambiguous: it may be ${[
        ...runs.map(({ run }) => `run:${run}/${name}`),
        ...candidates.map(({ key }) => short(key)),
      ]
        .slice(0, MOST_LISTED)
        .join(', ')}; name one of them.`,
    );
  if (runs.length === 1) return inRun(scope, query.runs.get(runs[0]!.run)!, name);
  const [state] = candidates;
  if (state === undefined)
    throw new UsageError(
      `The tag ${tag} is on ${states.map(nodeOf).slice(0, MOST_LISTED).join(', ')}, not on ${name}.`,
    );
  return exact.length > 0 ? { kind: 'state', state } : outputOf(query, state, owner!.output, owner!.owner, undefined);
}

/** `3fa9c1d2.network` */
function outputOfDigest(query: Readers, name: string): FoundOutput | undefined {
  const split = splitOutput(name);
  const found = split === undefined ? undefined : byDigest(query, split.owner);
  if (found?.kind !== 'state') return undefined;
  return outputOf(query, found.state, split!.output, query.attempts.get(found.state.attempt)!.node, undefined);
}

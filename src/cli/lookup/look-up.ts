/** What a word of the command line names in the cache: a run, a node, a state, an artifact, a tag. */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { short } from '../../core/identity/digest.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { ArtifactRecord } from '../../store/query/prefixes.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { StateRecord } from '../../store/query/states.ts';
import type { VisitRecord } from '../../store/query/visits.ts';
import { formatBytes } from '../../ui/text/format.ts';
import type { Call } from '../arguments/verb.ts';
import { nothingCalled, OUTPUT } from './not-found.ts';

export type Found =
  | { readonly kind: 'run'; readonly run: RunRecord }
  | { readonly kind: 'state'; readonly state: StateRecord }
  | { readonly kind: 'artifact'; readonly artifact: ArtifactRecord }
  | FoundNode;

/** A node by its latest visit, and the latest state that it came to, if it ever did. */
export interface FoundNode {
  readonly kind: 'node';
  readonly latest: VisitRecord;
  readonly state: StateRecord | undefined;
}

/** @throws UsageError if the word names nothing, or more than one thing */
export async function lookUp(cache: Cache, word: string, call: Call): Promise<Found> {
  const run = /^run:/.test(word) ? runNumber(word) : undefined;
  if (run !== undefined) return { kind: 'run', run: theRun(cache, run) };
  const found = findNode(cache, word) ?? byOutput(cache, word) ?? byDigest(cache, word) ?? byTag(cache, word);
  if (found === undefined) throw await nothingCalled(cache, word, call);
  return found;
}

/** The node of this name, in the runs of any pipeline. */
export function findNode(cache: Cache, node: string): FoundNode | undefined {
  const { query } = cache;
  const latest = query.visits.latest(node);
  if (latest === undefined) return undefined;
  const state = query.visits.latest(node, { having: 'state' })?.state;
  return { kind: 'node', latest, state: state == null ? undefined : query.states.get(state.id) };
}

/** The number in `12` or `run:12`; undefined for anything else. */
export function runNumber(word: string): number | undefined {
  const [, digits] = /^(?:run:)?(\d{1,15})$/.exec(word) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** @throws UsageError */
export function theRun(cache: Cache, id: number): RunRecord {
  const { query } = cache;
  const run = query.runs.get(id);
  if (run !== undefined) return run;
  const [latest] = query.runs.list({ limit: 1 });
  throw new UsageError(
    latest === undefined
      ? `There is no run ${id}: the cache ${cache.directory} has none yet.`
      : `There is no run ${id}: the latest is ${latest.id}; "restage log" lists them.`,
  );
}

/** The artifact that is an output of a node's latest state: `score.metrics`. */
function byOutput(cache: Cache, word: string): Found | undefined {
  const [, node = '', output] = OUTPUT.exec(word) ?? [];
  const found = output === undefined ? undefined : findNode(cache, node);
  if (found?.state === undefined) return undefined;
  const outputs = cache.query.states.outputs(found.state.id);
  const digest = outputs.find(({ name }) => name === output)?.digest;
  if (digest !== undefined) return { kind: 'artifact', artifact: cache.query.prefixes.artifacts(digest, 1)[0]! };
  const names = outputs.map(({ name }) => name);
  throw new UsageError(`${node} has no output ${output!}${didYouMean(output!, names)}; it has ${names.join(', ')}.`);
}

const PREFIX = /^[0-9a-f]{4,64}$/;
const MOST_CANDIDATES = 5;

function byDigest(cache: Cache, word: string): Found | undefined {
  if (!PREFIX.test(word)) return undefined;
  const { query } = cache;
  const states = query.prefixes.states(word, MOST_CANDIDATES);
  const artifacts = query.prefixes.artifacts(word, MOST_CANDIDATES);
  if (states.length + artifacts.length > 1) {
    const candidates = [
      ...states.map(({ id, key }) => ({ digest: key, what: `state of ${query.states.get(id)!.stage}` })),
      ...artifacts.map(({ digest, bytes }) => ({
        digest,
        what: `artifact of ${formatBytes(bytes)}`,
      })),
    ];
    throw ambiguous(word, candidates);
  }
  if (states.length === 1) return { kind: 'state', state: query.states.get(states[0]!.id)! };
  return artifacts.length === 1 ? { kind: 'artifact', artifact: artifacts[0]! } : undefined;
}

function ambiguous(
  word: string,
  candidates: readonly { readonly digest: string; readonly what: string }[],
): UsageError {
  const sorted = candidates.map(({ digest }) => digest).sort();
  let digits = short(sorted[0]!).length;
  while (digits < 64 && new Set(sorted.map((digest) => digest.slice(0, digits))).size < sorted.length) digits += 4;
  const list = candidates.map(({ digest, what }) => `${digest.slice(0, digits)} (${what})`).join(', ');
  return new UsageError(`${word} is ambiguous: it may be ${list}; give more digits.`);
}

function byTag(cache: Cache, word: string): Found | undefined {
  const tagged = cache.query.tags.list(word);
  const [first] = tagged;
  if (first === undefined) return undefined;
  if (tagged.length > 1) {
    const list = tagged
      .map((each) => ('run' in each ? `run:${each.run}` : short(each.state)))
      .slice(0, MOST_CANDIDATES);
    throw new UsageError(`The tag ${word} is on ${tagged.length} things; name one of them: ${list.join(', ')}.`);
  }
  if ('run' in first) return { kind: 'run', run: theRun(cache, first.run) };
  const { query } = cache;
  return { kind: 'state', state: query.states.get(query.prefixes.states(first.state, 1)[0]!.id)! };
}

/**
 * Finds what a word names inside of a state: a metric (`train-fold@fold=0.loss`), a value in an output
 * (`score.score.ams`), or a value in the one JSON output that has it (`score.ams`). What stands before the dot is any
 * reference to a state.
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import type { Output } from '../../core/artifact/artifact.ts';
import { RestageError, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { Found, FoundNode } from '../../store/reference/found.ts';
import type { StateRecord } from '../../store/query/states.ts';
import { numbersIn, valueAt } from './json-numbers.ts';
import type { Subject } from './subject.ts';

/** Undefined if no part of the word before a dot names a state. @throws UsageError if the state has no such member */
export function memberOf(
  cache: Cache,
  word: string,
  find: (reference: string) => Found | undefined,
): Subject | undefined {
  let missing: UsageError | undefined;
  for (let dot = word.lastIndexOf('.'); dot > 0; dot = word.lastIndexOf('.', dot - 1)) {
    const found = quietly(() => find(word.slice(0, dot)));
    const state = stateOf(found);
    if (state === undefined) continue;
    const member = word.slice(dot + 1);
    const node = nodeOf(cache, found!, state);
    const here = { asked: word, run: runOf(found!), file: undefined, others: [] };
    const subject = metric(cache, state, node, member) ?? value(cache, state, node, member);
    if (subject !== undefined) return { ...here, ...subject };
    missing ??= noMember(cache, state, node, member);
  }
  if (missing !== undefined) throw missing;
  return undefined;
}

type Member = Omit<Subject, 'asked' | 'run' | 'file' | 'others'>;

function metric({ query }: Cache, { id, key, attempt }: StateRecord, node: string, name: string): Member | undefined {
  const last = query.attempts.metrics(attempt).findLast((each) => each.name === name);
  if (last === undefined) return undefined;
  const root = { id, state: key, node, output: undefined, result: undefined };
  return { kind: 'metric', roots: [root], path: name, value: last.value, digest: undefined };
}

function value(cache: Cache, { id, key }: StateRecord, node: string, path: string): Member | undefined {
  for (const output of cache.query.states.outputs(id)) {
    if (output.kind !== 'json') continue;
    const within = path.startsWith(`${output.name}.`) ? path.slice(output.name.length + 1) : undefined;
    const whole = jsonOf(cache, output);
    if (whole === undefined) continue;
    for (const at of within === undefined ? [path] : [within, path]) {
      const found = valueAt(whole, at);
      if (found === undefined) continue;
      const root = { id, state: key, node, output: output.name, result: undefined };
      return { kind: 'value', roots: [root], path: at, value: found, digest: output.digest };
    }
  }
  return undefined;
}

/** Undefined where the bytes are lost: other outputs may still answer. */
function jsonOf(cache: Cache, output: Output): CanonicalValue | undefined {
  try {
    return JSON.parse(Buffer.from(cache.read(output)).toString()) as CanonicalValue;
  } catch (error) {
    if (error instanceof RestageError) return undefined;
    throw error;
  }
}

const MOST_NAMED = 12;

function noMember(cache: Cache, state: StateRecord, node: string, member: string): UsageError {
  const { query } = cache;
  const outputs = query.states.outputs(state.id);
  const metrics = [...new Set(query.attempts.metrics(state.attempt).map(({ name }) => name))];
  const values = outputs.flatMap((output) => {
    const whole = output.kind === 'json' ? jsonOf(cache, output) : undefined;
    return whole === undefined ? [] : [...numbersIn(whole)].map(({ path }) => path);
  });
  const names = [...outputs.map(({ name }) => name), ...metrics, ...values.filter((path) => path !== '')];
  const listed = names.slice(0, MOST_NAMED).join(', ') + (names.length > MOST_NAMED ? ', ...' : '');
  return new UsageError(
    `${node} has no output, metric or value called ${member}${didYouMean(member, names)}; it has ${listed}.`,
  );
}

function quietly(find: () => Found | undefined): Found | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

function stateOf(found: Found | undefined): StateRecord | undefined {
  return found?.kind === 'node' || found?.kind === 'state' ? found.state : undefined;
}

function nodeOf({ query }: Cache, found: Found, state: StateRecord): string {
  return found.kind === 'node' ? found.node : query.attempts.get(state.attempt)!.node;
}

function runOf(found: Found): number | undefined {
  const node: FoundNode | undefined = found.kind === 'node' ? found : undefined;
  return node?.latest?.state?.id === node?.state?.id ? node?.latest?.run : undefined;
}

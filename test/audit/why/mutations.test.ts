/**
 * What `why` says of each mutation: the fields that the mutation is about, and no others. The comparison of two runs
 * and that of a run with what would run now have to say the same.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AcceptedNodes } from '../../../src/audit/view/acceptances.ts';
import type { Cause } from '../../../src/audit/why/causes.ts';
import type { Change } from '../../../src/audit/why/change.ts';
import { whyNow } from '../../../src/audit/why/why-now.ts';
import { whyRuns } from '../../../src/audit/why/why-runs.ts';
import { Cache } from '../../../src/store/cache.ts';
import { printedOtherwise } from '../equivalence/printed-otherwise.ts';
import { type Mutation, MUTATIONS } from './mutations.ts';
import { Workshop } from './workshop.ts';

let workshop: Workshop;
let cache: Cache;

beforeAll(async () => {
  workshop = Workshop.make();
  expect(await workshop.number()).toBe(1);
  cache = Cache.openToLook(workshop.cache);
});
afterAll(() => cache.close());

test('the table has at least 25 mutations, each of a name of its own', () => {
  expect(MUTATIONS.length).toBeGreaterThanOrEqual(25);
  expect(new Set(MUTATIONS.map(({ what }) => what)).size).toBe(MUTATIONS.length);
});

describe('a mutation is attributed to its fields and no others', () => {
  test.each(MUTATIONS.map((mutation) => [mutation.what, mutation] as const))('%s', async (_, mutation) => {
    const { since, run, now } = await mutated(mutation);
    const { causes, unmade, accepted } = why(since, run);
    expect(causes.map(said).sort()).toEqual([...mutation.causes].sort());
    expect(unmade).toEqual([]);
    expect(accepted.flatMap(acceptedSaid).sort()).toEqual(mutation.accepted ?? []);
    const isAskedOtherwise = mutation.args !== undefined || mutation.command !== undefined;
    if (!isAskedOtherwise && !mutation.what.startsWith('default'))
      expect(now.sort().map(withoutEnd)).toEqual([...mutation.causes].sort().map(withoutEnd));
    if (mutation.followers !== undefined)
      expect([...new Set(causes.flatMap(({ followers }) => followers))].sort()).toEqual([...mutation.followers].sort());
  });
});

test('to go back to an older state is told as the change that it is, though nothing runs', async () => {
  const changed = await workshop.number('-S', 'rate=0.25');
  const back = await workshop.number();
  expect(workshop.visits(back)['fit']).toBe('hit');
  expect(why(changed, back).causes.map(said)).toEqual(['param rate: 0.25 -> 0.5 in fit']);
});

test('two runs without a difference have no cause', async () => {
  expect(why(1, await workshop.number())).toMatchObject({ causes: [], unmade: [], renamed: [], params: [], same: 11 });
});

test('a node that is made to run again is said to have been asked for', async () => {
  expect(why(1, await workshop.number('fit', '--force')).causes.map(said)).toContain('ran again (forced) in fit');
});

test('the same program in other text has no cause, and is told as accepted', async () => {
  const other = Workshop.make();
  await other.number();
  printedOtherwise(other);
  const again = await other.number();
  const record = Cache.openToLook(other.cache);
  try {
    const { causes, accepted } = whyRuns(record, record.query.runs.get(1)!, record.query.runs.get(again)!);
    expect(causes).toEqual([]);
    expect(accepted.flatMap(acceptedSaid).sort()[0]).toBe('fit: code');
    expect(accepted).toHaveLength(11);
    expect(new Set(accepted.map(({ kind }) => kind))).toEqual(new Set(['rekeyed']));
  } finally {
    record.close();
  }
});

test('another major version of Node is the one cause of all', async () => {
  const { version, versions } = process;
  Object.defineProperties(process, {
    version: { value: 'v99.0.0' },
    versions: { value: { ...versions, node: '99.0.0' } },
  });
  try {
    const { causes, same } = why(1, await workshop.number());
    expect(causes.map(({ change, nodes }) => [change, nodes.length])).toEqual([
      [{ kind: 'runtime', before: `node ${Number.parseInt(versions.node, 10)}`, after: 'node 99' }, 11],
    ]);
    expect(same).toBe(0);
  } finally {
    Object.defineProperties(process, { version: { value: version }, versions: { value: versions } });
  }
});

function why(before: number, after: number): ReturnType<typeof whyRuns> {
  return whyRuns(cache, cache.query.runs.get(before)!, cache.query.runs.get(after)!);
}

/** What would run, without what the command line says, and the number of the run. The mutation is taken back then. */
async function mutated(mutation: Mutation): Promise<{ since: number; run: number; now: string[] }> {
  const { edit, args = [], env = {}, anew = false, steps = [], then, command = ['run', '.', ...args], tag } = mutation;
  const changed = anew ? Workshop.make(workshop.cache) : workshop;
  edit?.(changed);
  Object.assign(process.env, env);
  try {
    for (const words of steps) await changed.make(words);
    const since = mutation.since === 'steps' ? changed.latest() : 1;
    if (then !== undefined) await changed.make(then);
    const now = (await whyNow(cache, cache.query.runs.get(since)!, changed.root)).causes.map(said);
    await changed.make(command);
    return { since, run: changed.latest(tag), now };
  } finally {
    for (const name of Object.keys(env)) Reflect.deleteProperty(process.env, name);
    changed.restore();
  }
}

/** Where it ends is not known before it has run. */
function withoutEnd(cause: string): string {
  return cause.replace(/, ended: .*/, '');
}

function acceptedSaid({ nodes, changes }: AcceptedNodes): readonly string[] {
  const fields = changes.map(({ name }) => name).sort();
  return nodes.map((node) => `${node}: ${fields.join(', ')}`);
}

function said({ change, nodes, ways, ended }: Cause): string {
  const by = ways.map(({ files }) => files?.join(' > ') ?? '(no way)').join(' and ');
  const end = ended.map(({ node, spared }) => `${node} > ${spared.join(', ')}`).join('; ');
  const [via, stop] = [by === '' ? '' : `, by ${by}`, end === '' ? '' : `, ended: ${end}`];
  return `${changeSaid(change)} ${change.kind === 'added' || change.kind === 'removed' ? '' : 'in '}${[...nodes].sort().join(', ')}${via}${stop}`;
}

function changeSaid(change: Change): string {
  switch (change.kind) {
    case 'param':
    case 'wiring': {
      const name = change.kind === 'param' ? change.name : change.slot;
      return `${change.kind} ${name}: ${change.before} -> ${change.after}`;
    }
    case 'package':
    case 'env':
      return `${change.kind} ${change.name}: ${change.before} -> ${change.after}`;
    case 'source':
      return `source ${change.path}`;
    case 'file': {
      const [before, after] = [change.before!, change.after!].map((path) => path.slice(workshop.root.length + 1));
      return `file ${before}${before === after ? ': content' : ` -> ${after}`}`;
    }
    case 'backend':
      return `backend ${change.before!.split(' ')[0]} -> ${change.after!.split(' ')[0]}`;
    case 'order':
      return `order ${change.slot}`;
    case 'seed':
    case 'stage':
    case 'node':
      return `${change.kind} ${change.before} -> ${change.after}`;
    case 'equivalence':
      return `equivalence ${change.before === null ? 'none' : 'some'} -> ${change.after === null ? 'none' : 'some'}`;
    case 'ran-again':
      return `ran again (${change.because})`;
    case 'code':
    case 'other-bytes':
    case 'reads':
    case 'seedKey':
    case 'runtime':
    case 'schema':
    case 'added':
    case 'removed':
    case 'unknown':
      return change.kind;
  }
}

/**
 * Mutations of a project, against an oracle: what a run with the old cache gives has to be what a run with an empty
 * cache gives. A real one must run something, a neutral one nothing, and taking it back must run nothing. Each is made
 * twice: within the time in which a file's stat tells nothing, and long after.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fsck } from '../../helpers/fsck.ts';
import { PROPERTY_SEED } from '../../helpers/property-seed.ts';
import { randomOrder } from '../random.ts';
import type { Mutation } from './mutation.ts';
import { makeWorld, type World } from './world.ts';

type Outputs = Readonly<Record<string, string>>;

/** After so long, an unchanged stat means unchanged bytes. */
const SETTLED_MS = 2100;

/** What is true of each mutation, found by a run with an empty cache. */
const truths = new Map<Mutation, Outputs>();
/** Which files each mutation changes, found by making it. */
const files = new Map<Mutation, readonly string[]>();
let world: World;
let original: Outputs;
let previous = 'nothing';

/** Tests that make these mutations, in a project of their own. A file has one of them. */
export function testMutations(mutations: readonly Mutation[]): void {
  beforeAll(async () => {
    console.log(`${mutations.length} mutations, in the order of seed ${PROPERTY_SEED}`);
    world = makeWorld();
    expect(await world.execute({}, false)).toMatchObject({ code: 0, stderr: '' });
    original = world.latestOutputs();
  });

  afterAll(async () => {
    expect(await fsck(world)).toEqual({ code: 0, kinds: [] });
    expect(world.complaints()).toEqual([]);
  });

  test('a mutation right after a file was written gives what an empty cache gives', async () => {
    world.keepTimes = true;
    const wrong: string[] = [];
    for (const mutation of randomOrder(mutations, PROPERTY_SEED)) {
      mutation.change?.(world);
      const changed = world.restore();
      files.set(mutation, changed);
      // The next run hashes what was written just now, and may not trust the file's stat later on.
      for (const file of changed) world.rewrite(file);
      wrong.push(...(await faults(mutation)));
    }
    world.keepTimes = false;
    expect(wrong).toEqual([]);
  });

  test('a mutation long after a file was hashed gives what an empty cache gives', async () => {
    const wrong: string[] = [];
    const changedAt = new Map<string, number>();
    const readyAt = (mutation: Mutation): number =>
      Math.max(0, ...files.get(mutation)!.map((file) => (changedAt.get(file) ?? Date.now()) + SETTLED_MS));
    const left = new Set(randomOrder(mutations, PROPERTY_SEED + 1));
    for (const changed of files.values()) for (const file of changed) changedAt.set(file, Date.now());
    while (left.size > 0) {
      const mutation = [...left].reduce((first, each) => (readyAt(each) < readyAt(first) ? each : first));
      left.delete(mutation);
      await new Promise((resolve) => setTimeout(resolve, readyAt(mutation) - Date.now()));
      wrong.push(...(await faults(mutation)));
      for (const file of files.get(mutation)!) changedAt.set(file, Date.now());
    }
    expect(wrong).toEqual([]);
  });
}

/**
 * Makes a mutation, and takes it back. Returns what is wrong with the run before it, which shows whether the one before
 * was taken back without a trace, and with the run after it.
 */
async function faults(mutation: Mutation): Promise<readonly string[]> {
  const { what, kind, anew = false } = mutation;
  const found: string[] = [];
  const before = await world.execute({}, anew);
  if (before.report?.counts.ran !== 0) found.push(`ran once ${previous} was taken back: ${executed(before.outcomes)}`);
  if (differing(world.latestOutputs(), original).length > 0)
    found.push(`other results once ${previous} was taken back`);
  previous = what;
  mutation.change?.(world);
  const { code, stderr, report, outcomes } = await world.execute(mutation, anew);
  const outputs = code === 0 ? world.latestOutputs() : {};
  const truth = truths.get(mutation) ?? (await oracle(mutation));
  truths.set(mutation, truth);
  const isChanged = differing(truth, original).length > 0;
  if (code !== 0) found.push(`ended with ${code}: ${stderr.slice(0, 300)}`);
  else if (differing(outputs, truth).length > 0) found.push(`stale: ${differing(outputs, truth).join(', ')}`);
  if (kind === 'neutral' && report?.counts.ran !== 0) found.push(`ran ${executed(outcomes)}`);
  if ((kind === 'real' && !isChanged) || (kind === 'neutral' && isChanged)) found.push(`is not ${kind}`);
  world.restore();
  return found.map((fault) => `${kind}: ${what}: ${fault}`);
}

/** Outputs of a run with an empty cache, with the files as they are now. */
async function oracle(mutation: Mutation): Promise<Outputs> {
  const { cache } = world;
  world.cache = world.beside(`oracle-${truths.size}`);
  const { code, stderr } = await world.execute(mutation, mutation.anew === true);
  const outputs = code === 0 ? world.latestOutputs() : { ended: `${code} ${stderr.slice(0, 300)}` };
  world.cache = cache;
  return outputs;
}

function differing(a: Outputs, b: Outputs): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
}

function executed(outcomes: Readonly<Record<string, string>>): string {
  const ran = Object.entries(outcomes).flatMap(([node, outcome]) => (outcome === 'ran' ? [node] : []));
  return ran.join(', ') || 'an unknown number of nodes';
}

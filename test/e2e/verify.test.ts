/**
 * Recorded states are executed again in processes of their own: what comes out again, and which planted faults are
 * named.
 */
import { rmSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { StateVerdict } from '../../src/audit/verify/verdict.ts';
import type * as Built from '../../src/index.ts';
import type { Digest } from '../../src/core/identity/digest.ts';
import { ObjectStore } from '../../src/store/objects/object-store.ts';
import { builtModule } from '../helpers/built.ts';
import { type InProcessProject, inThisProcess, makeInProcessProject } from '../helpers/in-process-project.ts';
import { makeProject, type Project } from '../helpers/project.ts';

/** Each but the first has a fault that its key does not show; others are in test/audit/verify/verdicts.test.ts. */
const PIPELINE = `import { json, type NodePolicy, pipeline, stage, table, tableOf } from 'restage';
import { z } from 'zod';
import { next, scale } from 'tiny';

const params = z.strictObject({});
const inputs = {};

export const honest = stage({ name: 'lab/honest', params, inputs, random: true,
  outputs: { values: table<'x'>() },
  run({ rng }) {
    const draw = rng('values');
    return { values: tableOf({ x: Float64Array.from({ length: 2000 }, () => draw.uniform()) }) };
  } });
export const hidden = stage({ name: 'lab/hidden', params: z.strictObject({ place: z.int() }), inputs, random: true,
  outputs: { count: json<number>() },
  run: () => ({ count: next() }) });
export const packaged = stage({ name: 'lab/packaged', params, inputs, outputs: { value: json<number>() },
  run({ trace }) {
    trace('unscaled', Float64Array.of(3));
    for (const step of [1, 2]) trace('scaled', { w: { shape: [2], data: Float64Array.of(step, step === 2 ? scale(3) : 0) } }, step);
    return { value: scale(3) };
  } });

const policy: NodePolicy = { executor: 'in-process' };
export default pipeline({
  name: 'faults',
  params: z.strictObject({}),
  build(p) {
    for (const each of [honest, packaged]) p.add(each, { params: {}, ...policy });
    for (const place of [1, 2]) p.add(hidden, { params: { place }, key: { place }, ...policy });
    return {};
  },
});
`;

const TINY = `let count = 0;
exports.next = () => ++count;
exports.scale = (x) => x * 1.5;
`;

let project: InProcessProject;

beforeAll(async () => {
  project = makeInProcessProject()
    .write('index.ts', PIPELINE)
    .write('node_modules/tiny/package.json', '{ "name": "tiny", "version": "1.0.0", "main": "index.cjs" }')
    .write('node_modules/tiny/index.cjs', TINY);
  // One process for all: its package's variable goes from one node to the next.
  const { code, stderr } = await project.run(['--trace']);
  expect([code, stderr]).toEqual([0, '']);
});

interface Report {
  readonly verdicts: readonly StateVerdict[];
}

async function verify(...words: readonly string[]) {
  const ended = await project.restage(['verify', ...words, '--cache', project.cache, '--json']);
  const { verdicts } = JSON.parse(ended.stdout) as Report;
  return { code: ended.code, of: new Map(verdicts.map((verdict) => [verdict.node, verdict])) };
}

describe('verify', () => {
  test('finds what only the process hid that the state was made in, and nothing wrong with an honest stage', async () => {
    const { code, of } = await verify('run:1', '--seeds', '3');
    expect(code).toBe(4);
    expect(of.get('honest')).toMatchObject({ verdict: 'same', outputs: [], since: [] });
    expect(of.get('packaged')).toMatchObject({ verdict: 'same' });
    expect(of.get('hidden@place=1')!.undeclared.length + of.get('hidden@place=2')!.undeclared.length).toBe(0);
    // In a process of its own, the count begins at one.
    const [first, second] = [1, 2].map((place) => of.get(`hidden@place=${place}`)!);
    expect([first!.verdict, second!.verdict].sort()).toEqual(['diverged', 'same']);
    expect([first, second].find(({ verdict } = first!) => verdict === 'diverged')).toMatchObject({
      repeatable: true,
      outputs: [{ name: 'count', differences: [{ what: '2 -> 1' }] }],
      seeds: { seeds: 3, failed: 0, holds: false },
    });
  });

  test('makes bytes again that are missing, as the sentence about them says', async () => {
    const { digest } = project.query<{ digest: string }>(
      `SELECT lower(hex(a.digest)) AS digest FROM state_output o JOIN artifact a ON a.id = o.artifact
       JOIN state s ON s.id = o.state JOIN name n ON n.id = s.stage WHERE n.text = 'lab/honest'`,
    )[0]!;
    const object = new ObjectStore(project.cache).path(digest as Digest);
    rmSync(object);
    const get = () =>
      project.restage(['get', 'honest.values', '-o', project.beside('honest'), '--cache', project.cache]);
    const { code, stderr } = await get();
    expect(code).toBe(5);
    const offer =
      /^restage: The artifact \w{8} at \S+ is missing; "restage verify (\w{8})" makes it again from the record, and so does a run that needs it\.\n$/;
    const state = offer.exec(stderr)![1]!;
    expect(await verify(state)).toMatchObject({ code: 0 });
    expect(await get()).toMatchObject({ code: 0 });
  });

  test('names a package that has changed since', async () => {
    project.edit('node_modules/tiny/index.cjs', '1.5', '1.25').edit('node_modules/tiny/package.json', '1.0.0', '1.0.1');
    const { code, of } = await verify('packaged');
    expect(code).toBe(4);
    expect(of.get('packaged')).toMatchObject({
      verdict: 'diverged',
      repeatable: true,
      since: [{ name: 'dep.tiny', before: { preview: '1.0.0' }, after: { preview: '1.0.1' } }],
      outputs: [{ name: 'value', differences: [{ what: '4.5 -> 3.75' }] }],
      trace: { calls: [3, 3], agree: 3, first: null },
      recordedTrace: {
        agree: 2,
        first: { name: 'scaled', step: 2, what: { tensor: 'w', index: 1, before: 4.5, after: 3.75 } },
      },
    });
    const within = await verify('packaged', '--rtol', '1');
    expect([within.code, within.of.get('packaged')!.verdict]).toEqual([0, 'tolerance']);
  });

  test('compares with the traces that a run has put on record', () => {
    const traced = project.query<{ node: string }>(
      `SELECT n.text AS node FROM state_trace t JOIN state s ON s.id = t.state JOIN attempt a ON a.id = s.attempt
       JOIN name n ON n.id = a.node ORDER BY n.text`,
    );
    expect(traced.map(({ node }) => node)).toEqual(['packaged']);
    expect(project.complaints()).toEqual([]);
  });

  test('has its verdicts on record, which show tells', async () => {
    const { stdout } = await project.restage(['show', 'packaged', '--cache', project.cache]);
    expect(stdout).toMatch(/verified \d{4}-.*: diverged/);
    expect(stdout).toMatch(/verified \d{4}-.*: same bytes/);
  });

  test('refuses what is not a share, and what is not a state', async () => {
    const asked = (...words: readonly string[]) => project.restage(['verify', ...words, '--cache', project.cache]);
    expect(await asked('--sample', 'some')).toMatchObject({
      code: 2,
      stderr: 'restage: --sample some is not a share; give a percentage above 0 and up to 100, such as 10%.\n',
    });
    expect(await asked('run:7')).toMatchObject({ code: 2 });
  });
});

const WAITING = `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
import { pass, tally } from './lab.ts';

const params = z.strictObject({});
export const quick = stage({ name: 'lab/quick', params, inputs: {}, outputs: { out: json<number>() }, run: () => ({ out: 1 }) });
export const slow = stage({ name: 'lab/slow', params, inputs: { in: json<number>() }, outputs: { out: json<number>() },
  async run({ signal }) { tally('slow'); await pass('open', signal); return { out: 2 }; } });
export default pipeline({ name: 'waiting', params,
  build(p) {
    const { out } = p.add(quick, { params: {}, executor: 'in-process' }).out;
    return { out: p.add(slow, { params: {}, inputs: { in: out }, executor: 'in-process' }).out.out };
  } });
`;

describe('a command line beside another one', () => {
  let waiting: Project;
  beforeAll(async () => {
    waiting = makeProject('lab').write('index.ts', WAITING);
    waiting.open('open');
    expect((await inThisProcess(waiting).run()).code).toBe(0);
    waiting.close('open');
    waiting.executed();
  });

  test('verify that is interrupted tells what was judged so far, and keeps those verdicts', async () => {
    const live = await waiting.start(['verify', '-j', '1', '--cache', waiting.cache]);
    await live.until(() => waiting.tally().length === 1);
    live.killGroup('SIGINT');
    const { code, stdout, stderr } = await live.ended;
    expect(code).toBe(130);
    expect(stderr).toBe(
      'restage: interrupting: the verdicts so far are on record; press Ctrl-C again to leave at once.\n',
    );
    expect(stdout).toMatch(/^quick: same bytes.*\n\nverified 1 state: 1 same bytes, then interrupted\n$/);
    expect(waiting.query('SELECT verdict FROM verification')).toEqual([{ verdict: 'same' }]);
    expect(waiting.complaints()).toEqual([]);
    waiting.executed();
  });

  test('a cache that a run is writing is looked at in every way while the run goes on', async () => {
    const run = await waiting.start(['run', waiting.root, '-f', '--cache', waiting.cache]);
    await run.until(() => waiting.tally().length === 1);
    for (const words of [
      ['log'],
      ['compare', '1', '2'],
      ['show', 'run:2', '--nodes'],
      ['how', 'slow'],
      ['why', '1', '2'],
      ['diff', '1', '2'],
      ['uses', 'quick'],
      ['cost'],
      ['verify', 'quick'],
    ]) {
      const { code, stderr } = await inThisProcess(waiting).restage([...words, '--cache', waiting.cache]);
      expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: '' });
    }
    waiting.open('open');
    expect(await run.ended).toMatchObject({ code: 0 });
  });
});

describe('verify from code', () => {
  test('gives the report of what was judged so far where it is aborted', async () => {
    const { verify: verifyFromCode } = (await import(builtModule('index.ts'))) as typeof Built;
    const place = { workingDirectory: project.root, cacheDirectory: project.cache };
    const controller = new AbortController();
    const seen: string[] = [];
    const report = await verifyFromCode({
      ...{ ...place, what: 'run:1', jobs: 1, signal: controller.signal },
      onVerdict({ node }) {
        seen.push(node);
        controller.abort();
      },
    });
    expect(report.interrupted).toBe(true);
    expect(report.verdicts.map(({ node }) => node)).toEqual(seen);
    await expect(verifyFromCode({ ...place, sample: 2 })).rejects.toThrow(
      "The request's sample is 2; give a share above 0 and up to 1.",
    );
  });
});

/** `run --remote`: two machines, each with a cache of its own, that run the same project with the same remote. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { CacheKey } from '../../src/core/identity/digest.ts';
import type { RunEvent } from '../../src/events.ts';
import type * as Public from '../../src/index.ts';
import type * as Places from '../../src/remote/places/directory-place.ts';
import type * as Remotes from '../../src/remote/remote.ts';
import type { Remote as RemoteHandle } from '../../src/remote/remote.ts';
import type * as Parcels from '../../src/remote/through/made-parcel.ts';
import type { RunReport } from '../../src/run/request.ts';
import type * as Caches from '../../src/store/cache.ts';
import { builtModule } from '../helpers/built.ts';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';
import { LONGEST_RECORD } from '../../src/remote/layout.ts';
import { canMount, mount, NEEDS_MOUNT } from '../helpers/mount.ts';

const { Cache } = (await import(builtModule('store/cache.ts'))) as typeof Caches;
const { Remote } = (await import(builtModule('remote/remote.ts'))) as typeof Remotes;
const { DirectoryPlace } = (await import(builtModule('remote/places/directory-place.ts'))) as typeof Places;
const { madeParcel } = (await import(builtModule('remote/through/made-parcel.ts'))) as typeof Parcels;
const { run: runFromCode } = (await import(builtModule('index.ts'))) as typeof Public;

test('a machine that never ran anything executes nothing, and answers how it all was made', async () => {
  const [a, b, remote] = machines();
  const made = await a.run(['--remote', 'group']);
  expect([made.code, a.executed().length, made.report?.remote]).toMatchObject([
    0,
    8,
    { name: 'group', taken: { states: 0 }, pushed: { states: 8 }, left: 0, unused: 0, isRunThere: true },
  ]);
  const taken = await b.run(['--remote', 'group']);
  expect([taken.code, b.executed(), taken.report?.counts]).toMatchObject([0, [], { hit: 8, ran: 0 }]);
  expect(taken.report?.remote).toMatchObject({ taken: { states: 8 }, pushed: { states: 0 }, left: 0 });
  expect(origins(taken.events)).toEqual(new Set(['group']));
  expect(reasons(b)).toEqual(['from group']);
  expect([b.outputs(), b.stateKeys()]).toEqual([a.outputs(), a.stateKeys()]);
  expect(b.complaints()).toEqual([]);

  const how = ['how', 'run:1/mix', '--without-today'];
  const answers = async (at: InProcessProject, words: readonly string[]): Promise<string> => {
    const { code, stdout } = await at.restage([...words, '--cache', at.cache]);
    expect([words, code]).toEqual([words, 0]);
    return stdout;
  };
  expect(await answers(b, how)).toContain('lab/source');
  expect(await answers(b, ['why', 'mix'])).toContain('from group');
  expect(await answers(b, ['show', 'mix'])).toContain('lab/mix');
  expect(await answers(b, ['log', 'run:1'])).toContain('8');
  expect(await answers(b, ['compare', 'run:1', 'run:2'])).toContain('run');
  expect(await answers(b, ['fsck'])).not.toContain('damaged');

  // As after a run that was killed: its states are there, and the run is not.
  rmSync(join(remote, 'entries/runs'), { recursive: true });
  const [c] = machines(remote);
  const alone = await c.run(['--remote', 'group']);
  expect([alone.code, c.executed(), c.stateKeys()]).toEqual([0, [], a.stateKeys()]);
  expect(await answers(c, how)).toContain('lab/source');

  // A state whose bytes this machine has lost is taken again.
  for (const path of b.objects()) rmSync(path);
  const again = await b.run(['--remote', 'group']);
  expect([again.code, b.executed(), again.report?.counts.ran]).toEqual([0, [], 0]);
});

test('bytes that were evicted here are taken from there', async () => {
  const [a] = machines();
  await a.run(['--remote', 'group']);
  const bytes = a.outputs();
  const { code } = await a.restage(['gc', '--keep-runs', '0', '--cache', a.cache]);
  expect([code, a.executed().length]).toEqual([0, 8]);
  const run = await a.run(['--remote', 'group', '-S', 'factor=5']);
  expect([run.code, a.executed()]).toEqual([0, ['mix', 'note', 'scale 5']]);
  expect(run.report).toMatchObject({ counts: { failed: 0 }, remote: { taken: { states: 4 }, unused: 0 } });
  expect(notices(run.events)).toContainEqual(
    expect.stringMatching(/^The bytes of source were evicted .* it is taken from group, or made again\.$/),
  );
  for (const output of ['source.data', 'noise.values', 'scale@k=2.data'])
    expect(a.outputs()[output]).toBe(bytes[output]);
  expect(a.complaints()).toEqual([]);
});

test('a run from code names a remote too, and one that the cache does not know is refused', async () => {
  const [a, b] = machines();
  const ran = (at: InProcessProject, remote: string): Promise<RunReport> =>
    runFromCode({ pipeline: at.root, cacheDirectory: at.cache, remote });
  await expect(ran(a, 'grup')).rejects.toThrow('There is no remote grup');
  expect((await ran(a, 'group')).remote).toMatchObject({ pushed: { states: 8 }, isRunThere: true });
  expect(await ran(b, 'group')).toMatchObject({ counts: { hit: 8, ran: 0 }, remote: { taken: { states: 8 } } });
});

test('two nodes of the same state take it once', async () => {
  const [a, b] = machines();
  // Now scale@k=0 is what scale@k=1 is.
  await a.run(['--remote', 'group', '-S', 'factor=2']);
  const run = await b.run(['--remote', 'group', '-S', 'factor=2']);
  expect([run.code, b.executed(), run.report?.counts.hit]).toEqual([0, [], 8]);
  const bytes = b.objects().map((path) => statSync(path).size);
  expect(run.report?.remote?.taken).toEqual({ states: 7, bytes: bytes.reduce((sum, each) => sum + each, 0) });
});

test('a state whose bytes the remote lacks is made, and its bytes go there', async () => {
  const [a, b, remote] = machines();
  await a.run();
  for (const words of [['gc', '--keep-runs', '0'], ['push']])
    expect((await a.restage([...words, '--cache', a.cache])).code).toBe(0);
  const made = await b.run(['--remote', 'group']);
  expect([made.code, b.executed().length, notices(made.events)]).toEqual([0, 6, []]);
  expect(made.report?.remote).toMatchObject({ taken: { states: 2 }, pushed: { states: 6 }, isRunThere: true });
  const [c] = machines(remote);
  const taken = await c.run(['--remote', 'group']);
  expect([taken.code, c.executed(), c.outputs()]).toEqual([0, [], b.outputs()]);
});

test('what is below a node that gives the same bytes is taken, with the states that it was made of elsewhere', async () => {
  const [a, b] = machines();
  await a.run(['--remote', 'group']);
  // Another key, and the same bytes: nothing but the source is unknown.
  const run = await b.run(['--remote', 'group', '-S', 'note=other']);
  expect([run.code, b.executed(), run.report?.counts]).toMatchObject([0, ['source'], { hit: 7, ran: 1 }]);
  expect(run.report?.remote).toMatchObject({ taken: { states: 7 }, pushed: { states: 1 }, isRunThere: true });
  expect(b.complaints()).toEqual([]);
  const { stdout } = await b.restage(['how', 'scale@k=1', '--cache', b.cache, '--without-today', '--json']);
  expect(stdout).toContain('lab/source');
  // What it pushed is taken on the other machine.
  const back = await a.run(['--remote', 'group', '-S', 'note=other']);
  expect([back.code, a.executed().filter((name) => name === 'source').length]).toEqual([0, 1]);
});

test('bytes that are not what their name says are told and not used', async () => {
  const [a, b, remote] = machines();
  await a.run(['--remote', 'group']);
  const [object] = a.objects();
  const name = object!.slice(a.cache.length + 1);
  renameSync(join(remote, name), join(remote, `${name}.old`));
  writeFileSync(join(remote, name), readFileSync(object!).fill(7));
  const run = await b.run(['--remote', 'group']);
  expect([run.code, b.executed().length, b.outputs()]).toEqual([0, 1, a.outputs()]);
  expect(notices(run.events)).toEqual([expect.stringContaining('has other bytes under objects/')]);
  expect(run.report?.remote).toMatchObject({ taken: { states: 7 }, unused: 1 });
});

test('states that are said to be made of each other are told and not used', async () => {
  const [a, b, remote] = machines();
  for (const each of [a, b]) each.write('index.ts', FLIPPED);
  await a.run([]);
  const place = await Remote.toWrite(new DirectoryPlace(remote));
  // Each in a record of its own, in which a producer has a smaller number: within one, it is seen at once.
  await pushAlone(a, place, ['one', 'flip@i=2']);
  const forged = new Database(join(a.cache, 'state.db'));
  forged.pragma('foreign_keys = OFF');
  const [first, second] = ['flip@i=1', 'flip@i=2'].map((node) =>
    forged.prepare(STATE_OF).pluck().get(node),
  ) as number[];
  // The bytes are those that it was made of, so that its key is right.
  forged.exec(`UPDATE state_input SET producer = ${second} WHERE state = ${first}`);
  forged.exec(`UPDATE state SET id = 99 WHERE id = ${first}`);
  for (const table of ['state_field', 'state_input', 'state_output', 'plan_key', 'visit'])
    forged.exec(`UPDATE ${table} SET state = 99 WHERE state = ${first}`);
  forged.close();
  await pushAlone(a, place, ['flip@i=1']);
  const run = await b.run(['--remote', 'group']);
  expect([run.code, run.report?.counts]).toMatchObject([0, { hit: 1, ran: 2 }]);
  expect(notices(run.events)).toContainEqual(expect.stringContaining('it is said to be made of itself'));
  expect(b.complaints()).toEqual([]);
});

test('a remote that cannot be reached, or dies on the way, is told once and fails nothing', async () => {
  const [a, b, remote] = machines();
  writeFileSync(remote, 'not a directory');
  const without = await a.run(['--remote', 'group']);
  expect([without.code, notices(without.events)]).toEqual([0, [expect.stringContaining('goes on without group')]]);
  expect(without.report?.remote).toMatchObject({ left: 8, isRunThere: false });

  rmSync(remote);
  b.edit('stages.ts', "tally('mix');", "tally('mix'); lose(process.env['LAB_REMOTE'] ?? '');");
  b.edit('stages.ts', 'import { tally }', 'import { lose, tally }');
  b.write('lab.ts', `${b.read('lab.ts')}${LOSE}`);
  process.env['LAB_REMOTE'] = remote;
  const dying = await b.run(['--remote', 'group']);
  delete process.env['LAB_REMOTE'];
  expect([dying.code, dying.report?.counts.ran]).toEqual([0, 8]);
  expect(notices(dying.events)).toEqual([
    expect.stringMatching(/was there and is gone;.* is not pushed to group meanwhile/),
  ]);
  expect(dying.report?.remote).toMatchObject({ isRunThere: false });
  expect(dying.report!.remote!.left).toBeGreaterThan(0);
  expect(existsSync(remote)).toBe(false);
  // Whatever did not arrive is pushed by the next push.
  const { code } = await b.restage(['push', '--cache', b.cache]);
  expect(code).toBe(0);
  const [c] = machines(remote);
  for (const file of ['stages.ts', 'lab.ts']) c.write(file, b.read(file));
  const taken = await c.run(['--remote', 'group']);
  expect([taken.code, c.executed()]).toEqual([0, []]);
});

test.skipIf(!canMount)(
  `a remote that may only be read, or is full, is used as far as that goes, and told in one sentence (${NEEDS_MOUNT})`,
  async () => {
    const [a, b, remote] = machines();
    mkdirSync(remote);
    expect(mount(remote, '-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs')).toBe(true);
    await a.run(['--remote', 'group']);
    expect(mount(remote, '-o', 'remount,ro')).toBe(true);
    const reading = await b.run(['--remote', 'group', '-S', 'note=other']);
    expect([reading.code, b.executed(), notices(reading.events)]).toEqual([
      ...[0, ['source']],
      [
        expect.stringMatching(
          /cannot be written: .*\(EROFS\)\. The run goes on, .* is not pushed to group meanwhile\.$/,
        ),
      ],
    ]);
    expect(reading.report?.remote).toMatchObject({ taken: { states: 7 }, left: 1, isRunThere: false });
    expect(mount(remote, '-o', 'remount,rw')).toBe(true);
    expect(() => writeFileSync(join(remote, 'filler'), Buffer.alloc(DISK))).toThrow('ENOSPC');
    const full = await b.run(['--remote', 'group', '-S', 'note=third']);
    expect([full.code, b.executed(), notices(full.events)]).toEqual([
      ...[0, ['source']],
      [
        expect.stringMatching(
          /cannot be written: .*\(ENOSPC\)\. The run goes on, .* is not pushed to group meanwhile\.$/,
        ),
      ],
    ]);
    expect(full.report?.remote).toMatchObject({ left: 1, isRunThere: false });
  },
);

test('other bytes for the same key are told, and each machine keeps its own', async () => {
  const [a, b, remote] = machines();
  for (const each of [a, b]) each.edit('stages.ts', 'random.normal()', 'Math.random()');
  await a.run(['--remote', 'group']);
  const before = readdirSync(join(remote, 'entries/made'));
  const run = await b.run(['--remote', 'group', '-f']);
  expect([run.code, run.report?.counts.ran]).toEqual([0, 8]);
  expect(
    notices(run.events).filter((text) => text.includes('other bytes than group for lab/noise.values')),
  ).toHaveLength(1);
  expect(run.report?.remote).toMatchObject({ left: 0, isRunThere: false });
  expect(b.outputs()['noise.values']).not.toBe(a.outputs()['noise.values']);
  // Nothing that was made of the other bytes went there.
  expect(readdirSync(join(remote, 'entries/made'))).toEqual(before);
});

const DISK = 4 << 20;

/** A value, its opposite, and the opposite of that. */
const FLIPPED = `
import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
const none = z.strictObject({});
export const one = stage({ name: 'one', params: none, inputs: {}, outputs: { x: json<number>() }, run: () => ({ x: 1 }) });
export const flip = stage({
  name: 'flip', params: none, inputs: { x: json<number>() }, outputs: { x: json<number>() },
  async run({ inputs }) { return { x: -(await inputs.x.read()) }; },
});
export default pipeline({
  name: 'flipped', params: none,
  build(p) {
    const f1 = p.add(flip, { key: { i: 1 }, inputs: { x: p.add(one, {}).out.x } });
    return { x: p.add(flip, { key: { i: 2 }, inputs: { x: f1.out.x } }).out.x };
  },
});
`;

const STATE_OF = 'SELECT v.state FROM visit v JOIN name n ON n.id = v.node WHERE n.text = ?';

/** Pushes the states of these nodes, each in a record of its own. */
async function pushAlone(project: InProcessProject, remote: RemoteHandle, nodes: readonly string[]): Promise<void> {
  const { signal } = new AbortController();
  const cache = Cache.open(project.cache);
  for (const node of nodes) {
    const [state] = project.query<{ id: number; key: CacheKey }>(
      `SELECT id, lower(hex(key)) AS key FROM state WHERE id = (${STATE_OF.replace('?', `'${node}'`)})`,
    );
    const { record, entries } = madeParcel(cache, [{ ...state!, node }], LONGEST_RECORD);
    await remote.putRecord(record, signal);
    for (const { entry } of entries) await remote.putEntryAlone(entry, signal);
  }
  cache.close();
}

/** In the midst of a run, the remote goes away. */
const LOSE = `
import { rmSync } from 'node:fs';
export function lose(remote: string): void {
  rmSync(remote, { recursive: true });
}
`;

/** Two machines with the project and its remote, and the directory of that. */
function machines(given?: string): readonly [InProcessProject, InProcessProject, string] {
  const [a, b] = [makeInProcessProject('lab'), makeInProcessProject('lab')];
  const remote = given ?? a.beside('remote');
  for (const { cache } of [a, b]) {
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, 'remotes.json'), JSON.stringify({ remotes: [{ name: 'group', address: remote }] }));
  }
  return [a, b, remote];
}

function origins(events: readonly RunEvent[]): ReadonlySet<string | undefined> {
  return new Set(events.flatMap((event) => (event.type === 'node-hit' ? [event.from] : [])));
}

function notices(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
}

/** Of the visits of the first run. */
function reasons(project: InProcessProject): readonly string[] {
  return project
    .query<{ text: string }>(
      'SELECT DISTINCT n.text FROM visit_reason r JOIN name n ON n.id = r.reason WHERE r.run = 1 ORDER BY n.text',
    )
    .map(({ text }) => text);
}

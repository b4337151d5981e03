/** `run --remote`: two machines, each with a cache of its own, that run the same project with the same remote. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/events.ts';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';

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
  expect(notices(dying.events)).toEqual([expect.stringContaining('is not pushed to group meanwhile')]);
  expect(dying.report?.remote).toMatchObject({ isRunThere: false });
  expect(dying.report!.remote!.left).toBeGreaterThan(0);
  // Whatever did not arrive is pushed by the next push.
  rmSync(remote);
  const { code } = await b.restage(['push', '--cache', b.cache]);
  expect(code).toBe(0);
  const [c] = machines(remote);
  for (const file of ['stages.ts', 'lab.ts']) c.write(file, b.read(file));
  const taken = await c.run(['--remote', 'group']);
  expect([taken.code, c.executed()]).toEqual([0, []]);
});

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

/** In the midst of a run, what was a remote is a file. */
const LOSE = `
import { rmSync, writeFileSync } from 'node:fs';
export function lose(remote: string): void {
  rmSync(remote, { recursive: true });
  writeFileSync(remote, '');
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

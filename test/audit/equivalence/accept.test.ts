import { beforeEach, describe, expect, test } from 'vitest';
import type { InProcessProject } from '../../helpers/in-process-project.ts';
import { ask, chainProject, edit, executed, sumOf } from './chain-project.ts';

/** Gives what it gave before, by other code. */
const NEUTRAL = { part: 'start + k + 0' };
/** Gives something else: whoever accepts it is wrong. */
const HARMFUL = { part: 'start + k + 10' };

let project: InProcessProject;
beforeEach(async () => {
  project = chainProject();
  await project.run();
});

describe('an edit that was accepted', () => {
  test('runs nothing, and its nodes and those below are hits, also from the remembered plan', async () => {
    edit(project, NEUTRAL);
    const said = await ask(project, 'accept', 'part', '-m', 'adds nothing');
    expect(said.stdout).toMatch(/1 {2}part@k=0 {2}[0-9a-f]{8} .*code changed/);
    expect(said.stdout).toContain('3 nodes accepted');
    for (const round of [1, 2, 3]) {
      const { outcomes, events, report } = await project.run();
      expect(outcomes).toEqual({ base: 'hit', 'part@k=0': 'hit', 'part@k=1': 'hit', 'part@k=2': 'hit', sum: 'hit' });
      const accepted = events.filter((event) => event.type === 'node-hit' && event.accepted !== undefined);
      expect(accepted, `round ${round}`).toHaveLength(3);
      expect(accepted[0]).toMatchObject({
        node: 'part@k=0',
        accepted: { id: 1, text: /^accepted by .*: adds nothing$/ },
      });
      expect(sumOf(report)).toBe(9);
    }
    expect(executed(project)).toEqual({ base: 1, part: 3, sum: 1 });
  });

  test('shows in the answers of plan, status, show, log, why, how and compare', async () => {
    edit(project, NEUTRAL);
    await ask(project, 'accept', 'part', '-m', 'adds nothing');
    await project.run();
    const told = async (...args: readonly string[]) => (await ask(project, ...args)).stdout.replaceAll(/\s+/g, ' ');
    const clause = /accepted by \S+ on \d{4}-\d\d-\d\d: adds nothing/;
    expect(await told('plan', project.root)).toMatch(clause);
    expect(await told('status', project.root)).toMatch(clause);
    expect(await told('show', 'part@k=1')).toMatch(clause);
    expect(await told('show', 'run:2', '--nodes')).toMatch(clause);
    for (const args of [
      ['why', 'part@k=1'],
      ['why', '1', '2'],
      ['how', 'run:2/sum', '--without-today'],
      ['compare', '1', '2'],
    ])
      expect(await told(...args), args.join(' ')).toMatch(/code changed; accepted by \S+ on .*: adds nothing/);
    expect(await told('how', 'run:2/sum', '--tree')).toMatch(clause);
    expect(await told('how', 'run:2/sum', '--dot')).toContain('3 accepted');
    expect(await told('accept', '--list')).toMatch(/1 part@k=0 .* in force adds nothing/);
  });

  test('runs when it is revoked, and nothing that was concluded from it is found again', async () => {
    edit(project, HARMFUL);
    await ask(project, 'accept', 'part', '-m', 'harmless, I think');
    expect(sumOf((await project.run()).report)).toBe(9);
    expect((await project.run()).outcomes['sum']).toBe('hit');
    const said = await ask(project, 'accept', '--revoke', 'part', '-m', 'it was not');
    expect(said.stdout.match(/is revoked/g)).toHaveLength(3);
    const { outcomes, report } = await project.run();
    expect(outcomes).toMatchObject({
      base: 'hit',
      'part@k=0': 'ran',
      'part@k=1': 'ran',
      'part@k=2': 'ran',
      sum: 'ran',
    });
    expect(sumOf(report)).toBe(39);
    expect((await ask(project, 'accept', '--list')).stdout).toMatch(/revoked +harmless, I think/);
    expect((await project.run()).outcomes['sum']).toBe('hit');
  });

  test('can be revoked for one node by its number, and accepted again', async () => {
    edit(project, NEUTRAL);
    await ask(project, 'accept', 'part', '-m', 'adds nothing');
    await ask(project, 'accept', '--revoke', '2');
    expect((await ask(project, 'plan', project.root)).stdout).toMatch(/part@k=1 +run .*code changed/);
    expect((await ask(project, 'accept', 'part', '-m', 'again')).stdout).toMatch(/4 +part@k=1/);
    const { outcomes, report } = await project.run();
    expect(Object.values(outcomes)).toEqual(['hit', 'hit', 'hit', 'hit', 'hit']);
    expect(sumOf(report)).toBe(9);
  });

  test('is over once a state is made for the key itself, also for what is below and took no part', async () => {
    edit(project, HARMFUL);
    await ask(project, 'accept', 'part', '-m', 'harmless, I think');
    await project.run();
    await project.run(['part', '--force']);
    expect((await ask(project, 'accept', '--list')).stdout).toMatch(/over: it ran/);
    const { outcomes, report } = await project.run();
    expect(outcomes).toMatchObject({ 'part@k=0': 'hit', sum: 'ran' });
    expect(sumOf(report)).toBe(39);
  });

  test('counts below a node that runs', async () => {
    edit(project, { base: '{ value: 1 + 1 }', ...NEUTRAL });
    expect((await ask(project, 'accept', 'part', '-m', 'x')).stderr).toContain('waits for base');
    await ask(project, 'accept', 'base', 'part', '-m', 'adds nothing');
    await ask(project, 'accept', '--revoke', 'base');
    const { outcomes } = await project.run();
    expect(outcomes).toEqual({
      base: 'ran',
      'part@k=0': 'cut-off',
      'part@k=1': 'cut-off',
      'part@k=2': 'cut-off',
      sum: 'cut-off',
    });
    expect(executed(project)).toEqual({ base: 2, part: 3, sum: 1 });
    const { events } = await project.run();
    expect(events.filter((event) => event.type === 'node-hit' && event.accepted !== undefined)).toHaveLength(3);
  });

  test('concerns the parameters that are given, and takes the nearest state', async () => {
    await project.run(['-S', 'rate=0.25']);
    edit(project, NEUTRAL);
    const said = await ask(project, 'accept', 'part', '-m', 'adds nothing', '-S', 'rate=0.25');
    expect(said.stdout).toMatch(/part@k=0 +[0-9a-f]{8} +2 +code changed\n/);
    expect((await project.run(['-S', 'rate=0.25'])).outcomes['part@k=0']).toBe('hit');
    expect((await ask(project, 'plan', project.root)).stdout).toMatch(/part ×3 +run .*code changed/);
  });
});

describe('accept', () => {
  test('says beforehand what it would do, and does nothing', async () => {
    edit(project, NEUTRAL);
    const said = await ask(project, 'accept', 'part@k=2', '--dry-run');
    expect(said.stdout).toMatch(/part@k=2 .*code changed\n\n1 node would be accepted/);
    expect((await ask(project, 'accept', '--list')).stdout).toContain('Nothing has been accepted yet');
    expect((await ask(project, 'plan', project.root)).stdout).toMatch(/part ×3 +run/);
  });

  test('refuses what it cannot do, in one sentence', async () => {
    const refusals: readonly (readonly [args: readonly string[], why: string])[] = [
      [['part'], 'needs to know why'],
      [[], 'needs a node'],
      [['part', '-m', 'x'], 'All 3 nodes have their states in the cache'],
      [['sum', '-m', 'x'], 'Node sum has its state in the cache; there is nothing to accept'],
      [['prt', '-m', 'x'], 'did you mean "part"'],
      [['--revoke', '7'], 'There is no equivalence 7'],
      [['--revoke', 'part'], 'No equivalence of part is in force'],
      [['part', '-m', 'x', '--rtol', 'much'], '--rtol much is not a tolerance'],
    ];
    for (const [args, why] of refusals) {
      const { code, stderr } = await ask(project, 'accept', ...args);
      expect(stderr).toContain(why);
      expect(stderr).toMatch(/^restage: [^\n]+\n$/);
      expect(code).toBe(2);
    }
  });

  test('refuses what waits, what is accepted, what never ran, and a state of another stage', async () => {
    edit(project, NEUTRAL);
    const refusal = async (...args: readonly string[]) => (await ask(project, 'accept', ...args, '-m', 'x')).stderr;
    expect(await refusal('sum')).toContain('Node sum waits for part@k=0');
    expect(await refusal('part', '--state', 'sum')).toContain('is of the stage lab/sum, and part@k=0 is of lab/part');
    await ask(project, 'accept', 'part@k=0', '-m', 'x');
    expect(await refusal('part@k=0')).toContain('accepted already, by equivalence 1');
    edit(project, { ...NEUTRAL, partName: 'lab/piece' });
    await ask(project, 'accept', '--revoke', '1');
    expect(await refusal('piece')).toContain('Node piece@k=0 has no earlier state');
  });

  test('takes another state of the stage where one is named', async () => {
    await project.run(['--seed', '1']);
    edit(project, NEUTRAL);
    const said = await ask(project, 'accept', 'part@k=0', '-m', 'x', '--state', 'run:2/part@k=0');
    expect(said.stdout).toMatch(/part@k=0 +[0-9a-f]{8} +2 +code changed, seed 1 -> 0/);
  });

  test('takes the states of a stage and its nodes under their earlier name, and nothing else', async () => {
    edit(project, { partName: 'lab/piece' });
    const said = await ask(project, 'accept', 'piece', '--renamed', 'part');
    expect(said.stdout).toContain('3 nodes accepted');
    const { outcomes, report } = await project.run();
    expect(Object.values(outcomes)).toEqual(['hit', 'hit', 'hit', 'hit', 'hit']);
    expect(sumOf(report)).toBe(9);
    expect((await ask(project, 'accept', '--list')).stdout).toContain('renamed from part');
    edit(project, { partName: 'lab/slice', ...NEUTRAL });
    expect((await ask(project, 'accept', 'slice', '--renamed', 'wedge')).stderr).toContain('has a state on record');
    expect((await ask(project, 'accept', 'slice', '--renamed', 'part')).stderr).toContain(
      'differs in more than its name from the nearest state of part',
    );
  });

  test('gives all of it as JSON', async () => {
    edit(project, NEUTRAL);
    const said = await ask(project, 'accept', 'part@k=0', '-m', 'x', '--rtol', '1e-6', '--json');
    expect(JSON.parse(said.stdout)).toMatchObject({
      kind: 'accept',
      tolerance: { ulp: 0, relative: 1e-6 },
      accepted: [{ id: 1 }],
    });
    const listed = await ask(project, 'accept', '--list', '--json');
    const equivalences = [{ id: 1, node: 'part@k=0', message: 'x', end: null, checks: [] }];
    expect(JSON.parse(listed.stdout)).toMatchObject({ kind: 'equivalences', equivalences });
  });
});

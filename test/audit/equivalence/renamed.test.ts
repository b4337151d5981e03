import { beforeEach, describe, expect, test } from 'vitest';
import type { InProcessProject } from '../../helpers/in-process-project.ts';
import { ask, chainProject, edit, executed } from './chain-project.ts';

const NEUTRAL = { part: 'start + k + 0' };

let project: InProcessProject;
beforeEach(async () => {
  project = chainProject();
  await project.run();
});

describe('renamedFrom', () => {
  const RENAMED = { partName: 'lab/piece', former: "renamedFrom: 'lab/part'," };

  test('finds the states of a stage and its nodes of before, and says so once', async () => {
    edit(project, RENAMED);
    const first = await project.run();
    expect(Object.values(first.outcomes)).toEqual(['hit', 'hit', 'hit', 'hit', 'hit']);
    expect(first.events.filter(({ type }) => type === 'notice')).toMatchObject([
      { text: 'Stage lab/piece was called lab/part: 3 states on record are found.' },
    ]);
    const second = await project.run();
    expect(second.events.filter(({ type }) => type === 'notice')).toEqual([]);
    expect(second.outcomes).toMatchObject({ 'piece@k=0': 'hit', sum: 'hit' });
    expect((await ask(project, 'show', 'piece@k=0')).stdout).toMatch(
      /accepted as renamed by .*: renamedFrom lab\/part/,
    );
    expect(executed(project)).toEqual({ base: 1, part: 3, sum: 1 });
  });

  test('enters neither the code nor the key', async () => {
    edit(project, { former: "renamedFrom: 'lab/older'," });
    expect((await project.run()).outcomes['part@k=0']).toBe('hit');
    expect((await ask(project, 'accept', '--list')).stdout).toContain('Nothing has been accepted yet');
  });

  test('finds the state of a node of before, whose name names its random numbers', async () => {
    edit(project, { more: "as: 'slice', renamedFrom: 'part'," });
    const { outcomes } = await project.run();
    expect(outcomes).toMatchObject({ 'slice@k=0': 'hit', sum: 'hit' });
  });

  test('finds nothing where more than the name differs, and says what', async () => {
    edit(project, { ...RENAMED, ...NEUTRAL });
    const { stdout } = await ask(project, 'plan', project.root);
    expect(stdout).toMatch(/piece ×3 +run .*code changed.*stage lab\/part -> lab\/piece/);
  });

  test('does not find again what was revoked', async () => {
    edit(project, RENAMED);
    await project.run();
    await ask(project, 'accept', '--revoke', 'piece', '-m', 'no');
    expect((await project.run()).outcomes).toMatchObject({ 'piece@k=0': 'ran', sum: 'cut-off' });
  });

  test('goes back over several names', async () => {
    edit(project, RENAMED);
    await project.run();
    edit(project, { partName: 'lab/slice', former: "renamedFrom: 'lab/piece'," });
    expect((await project.run()).outcomes).toMatchObject({ 'slice@k=0': 'hit', sum: 'hit' });
  });

  test('is refused where it is malformed, or the name that the stage has', async () => {
    for (const former of ['lab/part', 'Lab part']) {
      edit(project, { former: `renamedFrom: '${former}',` });
      const { code, stderr } = await ask(project, 'plan', project.root);
      expect(stderr).toContain(`Stage lab/part has the former name "${former}"`);
      expect(code).not.toBe(0);
    }
    edit(project, { more: "renamedFrom: 'part'," });
    expect((await ask(project, 'plan', project.root)).stderr).toContain('Node part has the former name "part"');
  });
});

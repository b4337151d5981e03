import { beforeEach, describe, expect, test } from 'vitest';
import type { InProcessProject } from '../../helpers/in-process-project.ts';
import { ask, chainProject, edit, executed, sumOf } from './chain-project.ts';
import { printedOtherwise } from './printed-otherwise.ts';

let project: InProcessProject;
beforeEach(async () => {
  project = chainProject();
  await project.run();
  printedOtherwise(project);
});

describe('code that an earlier restage printed differently', () => {
  test('runs nothing if its sources are the same, and this is said once', async () => {
    const { outcomes, events, report } = await project.run();
    expect(Object.values(outcomes)).toEqual(['hit', 'hit', 'hit', 'hit', 'hit']);
    expect(sumOf(report)).toBe(9);
    expect(events.filter(({ type }) => type === 'notice')).toMatchObject([
      { text: expect.stringMatching(/^5 states are found again: their stages have the same sources/) as unknown },
    ]);
    expect((await project.run()).events.filter(({ type }) => type === 'notice')).toEqual([]);
    expect((await ask(project, 'show', 'sum')).stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /code changed; accepted as the same program by .*: the sources are those of the code [0-9a-f]{8}/,
    );
    expect(executed(project)).toEqual({ base: 1, part: 3, sum: 1 });
  });

  test('runs where a source differs, and below it where bytes do', async () => {
    edit(project, { part: 'start + k + 10' });
    const { outcomes } = await project.run();
    // One file has all stages, so the sources of each of them differ.
    expect(outcomes).toMatchObject({ base: 'ran', 'part@k=0': 'ran', sum: 'ran' });
  });

  test('can be revoked, and is not found again then', async () => {
    await project.run();
    await ask(project, 'accept', '--revoke', 'sum', '-m', 'to be sure');
    expect((await project.run()).outcomes).toMatchObject({ base: 'hit', 'part@k=0': 'hit', sum: 'ran' });
  });
});

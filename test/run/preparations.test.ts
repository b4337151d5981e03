import { describe, expect, test } from 'vitest';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

interface LoggedRun {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly phases: readonly { readonly name: string; readonly startedAt: number; readonly endedAt: number }[];
}

describe('what a run does before its nodes', () => {
  test('is told before the run has a number, is on record, and is part of how long the run took', async () => {
    const project = makeInProcessProject('lab');
    const first = await project.run();
    const told = first.events.flatMap((event) => (event.type === 'run-preparing' ? [event.activity] : []));
    expect(told).toEqual(['bundling', 'planning']);
    expect(first.events.findIndex(({ type }) => type === 'run-started')).toBe(told.length);

    const logged = JSON.parse(
      (await project.restage(['log', '1', '--json', '--cache', project.cache])).stdout,
    ) as LoggedRun;
    expect(logged.phases.map(({ name }) => name)).toEqual(told);
    let before = logged.startedAt;
    for (const { startedAt, endedAt } of logged.phases) {
      expect(startedAt).toBeGreaterThanOrEqual(before);
      expect(endedAt).toBeGreaterThanOrEqual(startedAt);
      before = endedAt;
    }
    expect(logged.endedAt - logged.startedAt).toBe(Math.round(1000 * first.report!.seconds));
  });

  test('is nothing where nothing changed', async () => {
    const project = makeInProcessProject('lab');
    await project.run();
    const again = await project.run();
    expect(again.events[0]).toMatchObject({ type: 'run-started' });
    const { stdout } = await project.restage(['log', '2', '--json', '--cache', project.cache]);
    expect((JSON.parse(stdout) as LoggedRun).phases).toEqual([]);
  });
});

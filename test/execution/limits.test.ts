/** Runs with limits of time and cost. An execution of the lab takes 2 seconds. */
import { expect, test } from 'vitest';
import { Lab } from './lab.ts';
import type { Wirings } from './lab-graph.ts';

const TWO: Wirings = {
  a: { stage: 'lab/first' },
  b: { stage: 'lab/first', param: 1 },
  c: { stage: 'lab/last', takes: ['a'] },
  d: { stage: 'lab/last', param: 1, takes: ['b'] },
};

test('a node that would exceed the limit of cost is not started, nor what is below it; the rest finishes', async () => {
  const lab = new Lab();
  const run = await lab.begin(TWO, { jobs: 1, limits: { cost: 4 } });
  const report = await run.succeedAll();
  expect(report).toMatchObject({ interrupted: true, failures: [], counts: { ran: 2, skipped: 2 } });
  expect(run.outcomes.toSorted()).toEqual(['a ran', 'b ran', 'c skipped: interrupted', 'd skipped: interrupted']);
  expect(run.told('notice').map(({ text }) => text)).toEqual([
    expect.stringMatching(/^The limit of cost leaves no room for \w; nothing that would exceed it is started\.$/),
  ]);
});

test('the run goes on where it ended, and is complete once the limit leaves room', async () => {
  const lab = new Lab();
  await lab.runAll(TWO, { jobs: 1, limits: { cost: 2 } });
  const report = await lab.runAll(TWO, { jobs: 1, limits: { cost: 100 } });
  expect(report).toMatchObject({ interrupted: false, counts: { ran: 3, hit: 1, skipped: 0 } });
});

test('what runs when the limit of time is reached comes to its end', async () => {
  const lab = new Lab();
  let now = 0;
  const run = await lab.begin(TWO, { jobs: 2, limits: { time: 10 }, now: () => now });
  expect(run.running).toEqual(['a', 'b']);
  now = 9_500;
  run.succeed('a');
  // Its stage never ran; of "last", 2 s would be too long.
  expect(run.running).toEqual(['b', 'c']);
  now = 11_000;
  for (const node of ['b', 'c']) run.succeed(node);
  expect(await run.finished).toMatchObject({ interrupted: true, counts: { ran: 3, skipped: 1 } });
});

test('a limit refuses nodes with the same key together, and gives back their leases', async () => {
  const lab = new Lab();
  const twins: Wirings = { a: {}, b: { takes: ['a'], stage: 'lab/twin' }, c: { takes: ['a'], stage: 'lab/twin' } };
  const run = await lab.begin(twins, { limits: { cost: 1 } });
  run.succeed('a');
  expect(await run.finished).toMatchObject({ interrupted: true, counts: { ran: 1, skipped: 2 } });
  const report = await lab.runAll(twins);
  expect(report.counts).toMatchObject({ ran: 1, hit: 2 });
});

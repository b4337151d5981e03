/** What the record says about a run that was detached: which nodes go on elsewhere, and which wait to be begun. */
import { expect, test } from 'vitest';
import { cacheDirectory, Lab } from '../execution/lab.ts';
import { restage } from '../helpers/command.ts';

const WIRINGS = { made: {}, going: {}, sum: { takes: ['made', 'going'] } };
const FAILING = { ...WIRINGS, bad: {}, below: { takes: ['bad'] } };

/** A run of which `going` goes on elsewhere; `bad` fails before, if there is one. */
async function detached(wirings: typeof WIRINGS | typeof FAILING): Promise<string> {
  const directory = cacheDirectory();
  const run = await new Lab(directory).begin(wirings, { lifetime: 'detached', detach: true });
  run.executor.tell('going', { type: 'submitted', at: 0, handle: { job: 17 } });
  run.executor.tell('going', { type: 'observed', at: 0, state: 'waiting', note: 'job 17', why: 'Priority' });
  run.succeed('made');
  if ('bad' in wirings) run.fail('bad');
  await run.finished;
  return directory;
}

test('nodes that a detached run has left are told as detached or waiting, and never as interrupted', async () => {
  const cache = ['--cache', await detached(WIRINGS)];
  const all = await restage(['show', 'run:1', '--nodes', ...cache]);
  expect(all.stdout).toMatch(/^ *going +detached +goes on elsewhere$/m);
  expect(all.stdout).toMatch(/^ *sum +waiting +left to the next run$/m);
  expect((await restage(['show', 'going', ...cache])).stderr).toContain(
    'it was detached in run 1 (goes on elsewhere); details:',
  );
  expect((await restage(['log', 'sum', ...cache])).stderr).toContain('it was waiting (left to the next run)');
  const log = await restage(['log', '1', ...cache]);
  expect(log.stdout).toContain('detached: 1 ran, 2 left to the next run');
  for (const { stdout } of [all, log]) expect(stdout).not.toContain('interrupted');
});

test('a node that was skipped since another one failed is told apart from those that were left', async () => {
  const cache = ['--cache', await detached(FAILING)];
  const { stdout } = await restage(['show', 'run:1', '--nodes', ...cache]);
  expect(stdout).toMatch(/^ *below +skipped +bad failed$/m);
  expect(stdout).toMatch(/^ *sum +waiting +left to the next run$/m);
});

test('JSON and the views have the same words as reasons', async () => {
  const cache = ['--cache', await detached(WIRINGS)];
  const told = JSON.parse((await restage(['log', '1', '--json', ...cache])).stdout) as object;
  expect(told).toMatchObject({
    outcome: 'detached',
    counts: { ran: 1, skipped: 2 },
    nodes: [
      { node: 'made', outcome: 'ran' },
      { node: 'going', outcome: 'skipped', reason: 'goes on elsewhere' },
      { node: 'sum', outcome: 'skipped', reason: 'left to the next run' },
    ],
  });
  const sql = "SELECT outcome, reason FROM nodes WHERE outcome = 'skipped' ORDER BY node";
  const { stdout } = await restage(['sql', sql, '--json', ...cache]);
  expect(JSON.parse(stdout)).toMatchObject({
    rows: [
      { outcome: 'skipped', reason: 'goes on elsewhere' },
      { outcome: 'skipped', reason: 'left to the next run' },
    ],
  });
});

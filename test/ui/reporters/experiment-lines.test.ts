/** What plain lines say about an experiment. */
import { expect, test } from 'vitest';
import type { RunEvent } from '../../../src/events.ts';
import { PlainReporter } from '../../../src/ui/reporters/plain-reporter.ts';
import { styleFor } from '../../../src/ui/text/style.ts';
import { eventsUpTo, experimentStarted, of, outlineOf, ran } from '../../helpers/experiment-events.ts';

function lines(events: readonly RunEvent[], verbose = false): readonly string[] {
  let text = '';
  const command = (what: string): string => what;
  const commands = { again: '', plan: '', log: command, show: command, get: command };
  const width = () => Number.POSITIVE_INFINITY;
  const presentation = { style: styleFor(false, {}), commands, width, directory: '/project' };
  const reporter = new PlainReporter({ write: (more) => (text += more), verbose, presentation });
  for (const event of events) reporter.event(event);
  return text.split('\n').slice(0, -1);
}

const SMALL = outlineOf({ branches: ['base', 'small'], seeds: 2, shared: 1, own: 3 });

test('a line for each branch with a seed that is complete, with its metrics, and one for all now and then', () => {
  const told = lines(eventsUpTo(SMALL, 3));
  expect(told[0]).toBe('run 12 of toy/parts: 15 nodes of 4 runs, 2 jobs, backend none');
  expect(told.filter((line) => line.includes('  done  '))).toEqual([
    '     5.0 s  done    base with seed 0: ams 2',
    '     9.0 s  done    base with seed 1: ams 1.88',
    '    12.0 s  done    small with seed 0: ams 1.76',
  ]);
  expect(told).toContain('     5.0 s  ...     5 of 15 nodes; 0 of 4 runs complete');
  // No node by itself.
  expect(told.join('\n')).not.toContain('fit@');
});

test('branches and not runs where there are many', () => {
  const many = outlineOf({ branches: ['base', 'small'], seeds: 60, shared: 0, own: 1 });
  const done = lines(eventsUpTo(many, 120)).filter((line) => line.includes('  done  '));
  expect(done.map((line) => line.slice(12))).toEqual([
    expect.stringMatching(/^done {4}base with 60 seeds: ams /),
    expect.stringMatching(/^done {4}small with 60 seeds: ams /),
  ]);
});

test('nothing of what earlier runs had made, and each node that fails', () => {
  const [first, ...others] = Object.keys(SMALL.nodes);
  const failure = { class: 'error', message: 'No events.', stack: null, exitCode: 1, signal: null } as const;
  const found: RunEvent[] = [first!, ...others.slice(0, 4)].map((node) => ({
    type: 'node-hit',
    ...of(node, 1),
    how: 'hit',
    state: 'ab'.repeat(32),
  }));
  const told = lines([
    experimentStarted(SMALL),
    ...found,
    { type: 'experiment-run', at: 1, branch: 'base', seed: 0, values: { ams: 2 } },
    ...ran('small/seed-0/fit@fold=0', 10),
    { type: 'node-failed', ...of('small/seed-0/fit@fold=1', 20), failure },
    { type: 'node-skipped', ...of('small/seed-0/fit@fold=2', 21), because: 'small/seed-0/fit@fold=1' },
    { type: 'experiment-run', at: 30, branch: 'base', seed: 1, values: { ams: null } },
  ]);
  expect(told.slice(1)).toEqual([
    '     0.0 s  failed  small/seed-0/fit@fold=1 (error): No events.',
    '     0.0 s  done    base with seed 1',
  ]);
});

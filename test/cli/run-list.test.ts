import { describe, expect, test } from 'vitest';
import { runListLines, type RunListFacts } from '../../src/cli/show/runs/run-list.ts';
import { styleFor } from '../../src/ui/text/style.ts';

type Listed = RunListFacts['runs'][number];

const COUNTS = { hit: 2, 'cut-off': 0, ran: 1, failed: 0, skipped: 0 };

function listed(run: Partial<Listed>): Listed {
  const startedAt = Date.UTC(2026, 10, 30, 16, 31, 12);
  return {
    id: 12,
    pipeline: 'descent',
    source: 'descent/index.ts',
    argv: ['restage', 'run', 'descent'],
    params: {},
    seed: 0,
    backend: 'none',
    jobs: 2,
    commit: null,
    dirty: null,
    startedAt,
    endedAt: startedAt + 6600,
    outcome: 'ok',
    counts: COUNTS,
    tags: [],
    experiment: null,
    values: {},
    ...run,
  };
}

function linesOf(runs: readonly Listed[], width: number): readonly string[] {
  return runListLines({ runs: [...runs], columns: [], isAsked: false }, { style: styleFor(false, {}), width });
}

describe('the list of runs', () => {
  test('counts nodes that were interrupted apart from those that were skipped for a failure', () => {
    const lines = linesOf(
      [
        listed({ id: 2, outcome: 'interrupted', counts: { ...COUNTS, skipped: 3 } }),
        listed({ id: 1, outcome: 'failed', counts: { ...COUNTS, failed: 1, skipped: 4 } }),
      ],
      Number.POSITIVE_INFINITY,
    ).map((line) => line.replace(/ {2,}/g, ' ').trim());
    expect(lines[0]).toBe('run when pipeline outcome hit ran failed skipped interrupted took commit command');
    expect(lines[1]).toContain('interrupted 2 1 0 0 3 6.6 s');
    expect(lines[2]).toContain('failed 2 1 1 4 0 6.6 s');
  });

  test('fits 80 columns with all that it can have, and tells the minute in which each began', () => {
    const lines = linesOf(
      [
        listed({ tags: ['a-tag-of-some-length'], outcome: 'interrupted', counts: { ...COUNTS, skipped: 3 } }),
        listed({ outcome: 'failed', counts: { ...COUNTS, failed: 1, skipped: 2 } }),
        listed({ pipeline: 'descent/optimisers', experiment: { name: 'optimisers', branches: 6, seeds: 5, runs: 30 } }),
      ],
      80,
    );
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    for (const line of lines.slice(1)) expect(line).toContain('2026-11-30 16:31');
  });
});

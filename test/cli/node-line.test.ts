/** The line of a node: what became of it, why, and which run made its state. */
import { expect, test } from 'vitest';
import { nodeLine } from '../../src/cli/show/states/node.ts';
import type { FoundNode } from '../../src/store/reference/found.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';
import { openCache } from '../store/open-cache.ts';

function line(reason: string | null, outcome: 'skipped' | 'failed' = 'skipped'): string {
  const found: FoundNode = {
    kind: 'node',
    node: 'fit',
    pipeline: { name: 'lab', source: 'lab/index.ts' },
    latest: { run: 5, node: 'fit', outcome, reason, state: null },
    state: undefined,
    trying: undefined,
    inRun: false,
  };
  return nodeLine(openCache(temporaryDirectory()), found);
}

test('says why a node was skipped, and names an interrupt only once', () => {
  expect(line('split failed')).toBe('fit: skipped in run 5 (split failed)');
  expect(line('interrupted')).toBe('fit: interrupted in run 5');
  expect(line('goes on elsewhere')).toBe('fit: detached in run 5 (goes on elsewhere)');
});

test('says no reason where none is on record', () => {
  expect(line(null, 'failed')).toBe('fit: failed in run 5');
});

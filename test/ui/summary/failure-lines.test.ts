/** How a failure of a node is told. */
import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../src/events.ts';
import { failureLines, wholeFailureLines } from '../../../src/ui/summary/failure-lines.ts';
import { styleFor } from '../../../src/ui/text/style.ts';

const look = { style: styleFor(false, {}), width: 60, directory: '/project' };

const FAILURE: Failure = {
  class: 'crash',
  message: 'The worker was killed because it used more memory than there was.',
  stack: [
    'Error: The worker was killed because it used more memory than there was.',
    '  of which more is said here',
    '    at fit (/project/src/fit.ts:3:4)',
    '    at Object.run (file:///project/index.ts:9:1)',
    'Caused by: TypeError: no room',
    '    at malloc (/elsewhere/memory.ts:1:1)',
  ].join('\n'),
  exitCode: 7,
  signal: null,
};

describe('a failure', () => {
  test('is told with its place below the directory, and no word is broken', () => {
    expect(failureLines({ node: 'fit', failure: FAILURE }, look)).toEqual([
      'failed fit (crash): The worker was killed because it used',
      '    more memory than there was.',
      '    at fit (src/fit.ts:3:4)',
      '    at Object.run (index.ts:9:1)',
      '    at malloc (/elsewhere/memory.ts:1:1)',
    ]);
    expect(failureLines({ node: 'fit', failure: FAILURE }, look, 1)).toHaveLength(3);
  });

  test('is told whole with the end of its process and its causes, and its message once', () => {
    expect(wholeFailureLines({ node: 'fit', failure: FAILURE }, look)).toEqual([
      'failed fit (crash, exit code 7): The worker was killed',
      '    because it used more memory than there was.',
      '      of which more is said here',
      '    at fit (src/fit.ts:3:4)',
      '    at Object.run (index.ts:9:1)',
      '    Caused by: TypeError: no room',
      '    at malloc (/elsewhere/memory.ts:1:1)',
    ]);
    expect(wholeFailureLines({ node: 'fit', failure: { ...FAILURE, stack: null } }, look)).toHaveLength(2);
  });
});

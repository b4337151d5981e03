import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../src/events.ts';
import { failurePlace, stackFrames } from '../../../src/ui/model/failure-place.ts';

function failed(...frames: readonly string[]): Failure {
  const stack = ['Error: No (file.ts:1:2) events.', ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return { class: 'error', message: 'No events.', stack, exitCode: null, signal: null };
}

describe('the place of a failure', () => {
  test.each([
    ['fit (/project/src/fit.ts:3:4)', 'src/fit.ts:3'],
    ['/project/fit.ts:3:4', 'fit.ts:3'],
    ['async Object.run (file:///project/a%20b/fit.ts:30:41)', 'a b/fit.ts:30'],
    ['fit (/elsewhere/fit.ts:3:4)', '/elsewhere/fit.ts:3'],
    ['new Table (/project/table.ts:7:1)', 'table.ts:7'],
  ])('of %s is %s', (frame, place) => {
    expect(failurePlace(failed(frame), '/project')).toBe(place);
  });

  test('is the first frame that is neither of Node nor of a package', () => {
    const failure = failed(
      'JSON.parse (<anonymous>)',
      'readFileSync (node:fs:440:20)',
      'parse (/project/node_modules/zod/index.js:1:1)',
      'read (/project/read.ts:9:2)',
    );
    expect(failurePlace(failure, '/project')).toBe('read.ts:9');
    expect(stackFrames(failure, '/project').at(-1)).toBe('at read (read.ts:9:2)');
  });

  test('is unknown without a stack', () => {
    expect(failurePlace({ ...failed(), stack: null }, '/project')).toBeNull();
    expect(failurePlace(failed(), '/project')).toBeNull();
    expect(stackFrames({ ...failed(), stack: null }, '/project')).toEqual([]);
  });
});

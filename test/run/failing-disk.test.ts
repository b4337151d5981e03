/** A disk that refuses something to a run ends it as trouble of the cache, in one sentence; the next run goes on. */
import { afterEach, describe, expect, test } from 'vitest';
import { type DiskCall, refuse } from '../helpers/failing-disk.ts';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

let allowAgain: (() => void) | undefined;
afterEach(() => allowAgain?.());

const CODES = [
  ['ENOSPC', 'there is no space left; free some'],
  ['EDQUOT', 'the disk quota is used up; free some space'],
  ['EROFS', 'its file system is read-only; make it writable'],
  ['EIO', 'the disk reports an error; look at its health'],
  ['EFBIG', 'its file system takes no file of that size; use another file system'],
  ['ESTALE', 'the network file system does not know it any more; mount it again'],
  ['ENXIO', 'the system refuses to CALL; look at its disk'],
] as const;
const OBJECTS = 'objects/[0-9a-f]{2}';
const REFUSALS: readonly (readonly [DiskCall, string, string, string])[] = [
  ...CODES.map(([code, words]) => ['write', 'objects/tmp', code, words] as const),
  ['open', 'objects/tmp', ...CODES[1]],
  ['rename', 'objects/tmp', ...CODES[3]],
  ['mkdir', `${OBJECTS}$`, ...CODES[2]],
  ['fsync', `${OBJECTS}/`, ...CODES[3]],
];

test.each(REFUSALS)(
  'where the disk refuses to %s in %s with %s, the run ends with exit code 5 and keeps what it made',
  async (call, place, code, words) => {
    const project = makeInProcessProject('lab');
    allowAgain = refuse(call, code, new RegExp(`${project.cache}/${place}`));
    const failed = await project.run(['-S', 'rows=5000']);
    allowAgain();
    expect(failed).toMatchObject({ code: 5, report: undefined });
    expect(failed.stderr).toMatch(
      /^restage: (An artifact of \d+ bytes|The artifacts) could not be written to the cache [^\n]+\n$/,
    );
    expect(failed.stderr).toContain(`: ${words.replace('CALL', call)}, or use another cache directory (${code}).`);
    expect(Object.values(failed.outcomes)).not.toContain('failed');
    // In the same process, which still lives: nothing waits for a lease of the run that failed.
    const next = await project.run(['-S', 'rows=5000']);
    expect({ code: next.code, stderr: next.stderr }).toEqual({ code: 0, stderr: '' });
  },
);

describe('bytes that the disk does not give', () => {
  const ran = async () => {
    const project = makeInProcessProject('lab');
    await project.run(['-S', 'rows=5000']);
    return { project, place: new RegExp(`${project.cache}/objects/[0-9a-f]{2}/`) };
  };
  const again = ['-S', 'rows=5000', '-S', 'factor=2'];

  test('now end the run, and are left where they are', async () => {
    const { project, place } = await ran();
    allowAgain = refuse('read', 'ESTALE', place);
    const { code, stderr } = await project.run(again);
    allowAgain();
    expect(code).toBe(5);
    expect(stderr).toMatch(
      /^restage: The artifact at [^\n]+ cannot be read: the network file system [^\n]+ \(ESTALE\)\.\n$/,
    );
    const next = await project.run(again);
    expect({ code: next.code, executed: next.report!.counts.failed }).toEqual({ code: 0, executed: 0 });
  });

  test('any more are made again, as far as the disk takes them', async () => {
    const { project, place } = await ran();
    allowAgain = refuse('read', 'EIO', place);
    const { stderr } = await project.run(again);
    allowAgain();
    expect(stderr).not.toMatch(/internal error/);
    expect((await project.run(again)).code).toBe(0);
  });
});

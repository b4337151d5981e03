import { expect, test } from 'vitest';
import { reportError } from '../../src/cli/output/error.ts';
import type { Io } from '../../src/cli/io/io.ts';

const trouble = (code: string): Error =>
  Object.assign(new Error(`${code}: no luck, write`), { code, syscall: 'write', path: '/disk/file' });

test('a disk that fails where nobody expects it is trouble of the cache, and not an internal error', () => {
  const said: string[] = [];
  const io = {
    writeError: (text: string) => said.push(text),
    writeOut: () => undefined,
    terminal: () => undefined,
  } as unknown as Io;
  expect(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'ENOENT'].map((code) => reportError(trouble(code), [], io))).toEqual([
    5, 5, 5, 5, 1,
  ]);
  expect(said[1]).toBe(
    'restage: /disk/file could not be used: the disk quota is used up; free some space (write: EDQUOT).\n',
  );
  expect(said.at(-1)).toMatch(/^restage: internal error: ENOENT/);
});

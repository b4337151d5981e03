import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { temporaryFolder } from '../../../src/store/files/temporary-folder.ts';
import { disposableDirectory } from '../../helpers/disposable.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('a temporary folder is new, empty, and only for its user', () => {
  vi.stubEnv('TMPDIR', disposableDirectory('restage-temporary-'));
  const folders = [temporaryFolder('a-'), temporaryFolder('a-')];
  expect(new Set(folders).size).toBe(2);
  for (const folder of folders) expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('where none can be made, one sentence says where, why, and which variable names another place', () => {
  const missing = join(disposableDirectory('restage-temporary-'), 'missing');
  vi.stubEnv('TMPDIR', missing);
  expect(() => temporaryFolder('a-')).toThrow(UsageError);
  expect(() => temporaryFolder('a-')).toThrow(
    new RegExp(`^No temporary folder could be made in ${missing}: it does not exist; .*TMPDIR \\(ENOENT\\)\\.$`),
  );
});

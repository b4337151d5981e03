import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { gitState } from '../../src/identity/environment/environment.ts';
import { disposableDirectory } from '../helpers/disposable.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

function git(directory: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@b.c', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...identity, ...args], { cwd: directory, encoding: 'utf8' }).trim();
}

function repository(name: string): string {
  const directory = join(disposableDirectory('restage-git-'), name);
  mkdirSync(directory);
  git(directory, 'init', '-q');
  writeFileSync(join(directory, 'a.txt'), name);
  git(directory, 'add', '.');
  git(directory, 'commit', '-qm', name);
  return directory;
}

test('the commit of a project is its own, also in a hook of another repository', async () => {
  const [own, other] = [repository('own'), repository('other')];
  const commit = git(own, 'rev-parse', 'HEAD');
  expect(await gitState(own)).toEqual({ commit, dirty: false });
  for (const [name, value] of [
    ['GIT_DIR', join(other, '.git')],
    ['GIT_WORK_TREE', other],
    ['GIT_INDEX_FILE', join(other, '.git', 'index')],
    ['GIT_OBJECT_DIRECTORY', join(other, '.git', 'objects')],
    ['GIT_COMMON_DIR', join(other, '.git')],
    ['GIT_NAMESPACE', 'elsewhere'],
    ['GIT_PREFIX', 'sub/'],
    ['GIT_CONFIG_PARAMETERS', `'core.worktree'='${other}'`],
  ] as const) {
    vi.stubEnv(name, value);
    expect(await gitState(own), name).toEqual({ commit, dirty: false });
  }
  writeFileSync(join(own, 'a.txt'), 'changed');
  expect(await gitState(own)).toEqual({ commit, dirty: true });
  const outside = join(disposableDirectory('restage-git-'), 'outside');
  mkdirSync(outside);
  expect(await gitState(outside)).toBeNull();
});

test('asking for the commit waits for no lock, and leaves the index as it is', async () => {
  const own = repository('own');
  writeFileSync(join(own, '.git', 'index.lock'), '');
  expect(await gitState(own)).toEqual({ commit: git(own, 'rev-parse', 'HEAD'), dirty: false });
});

/** What `restage __complete` offers. Whether shells ask it as they should is in test/e2e/completion.test.ts. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/store/database/migrations.ts';
import { completedProject } from '../helpers/completed-project.ts';

const project = completedProject();

beforeAll(async () => {
  expect((await project.restage(['plan', 'pipelines/line'])).code).toBe(0);
});

describe('what is completed', () => {
  const complete = async (...words: string[]): Promise<readonly string[]> => {
    const { code, stdout, stderr } = await project.restage(['__complete', ...words]);
    expect([code, stderr]).toEqual([0, '']);
    return stdout.split('\n').slice(0, -1);
  };

  test('says what a verb does, beside it', async () => {
    expect(await complete('fs')).toEqual(['fsck\tcheck the cache, byte by byte']);
  });

  test('leaves files to the shell', async () => {
    expect(await complete('graph', 'pipelines/line', '-o', '')).toEqual([':files']);
    expect(await complete('log', '--cache', '')).toEqual([':files']);
  });

  test('takes an option and its value in one word', async () => {
    expect(await complete('graph', '--format=m')).toEqual(['--format=mermaid']);
  });

  test('is nothing where nothing is known, and never an error', async () => {
    for (const words of [
      ['nonsense', ''],
      ['run', 'nowhere', ''],
      ['run', 'pipelines/line', '-j', ''],
      ['fsck', ''],
    ])
      expect(await complete(...words)).toEqual([]);
    expect(await complete('run', 'pipelines/line', '--cache', 'elsewhere', 'f')).toEqual([]);
  });

  test('comes from the record where there is no pipeline to name', async () => {
    expect(await complete('log', 'f')).toEqual([]);
    expect((await project.restage(['run', 'pipelines/line'])).code).toBe(0);
    expect(await complete('log', 'f')).toEqual(['fit@fold=0', 'fit@fold=1']);
  });

  test("is nothing where the cache is an older restage's, which is left as it is", async () => {
    const cache = project.path('older');
    mkdirSync(cache);
    const open = (): Database.Database => new Database(join(cache, 'state.db'));
    const schemaOf = (): unknown => {
      const db = open();
      const schema = db.pragma('user_version', { simple: true });
      db.close();
      return schema;
    };
    const db = open();
    for (const migration of MIGRATIONS.slice(0, -1)) db.exec(migration);
    db.pragma('application_id = 0x72737467');
    db.pragma(`user_version = ${MIGRATIONS.length - 1}`);
    db.close();
    for (const words of [
      ['log', '--cache', cache, 'f'],
      ['log', '--cache', cache, '--tag', ''],
      ['run', 'pipelines/line', '--cache', cache, 'f'],
    ])
      expect(await complete(...words)).toEqual([]);
    expect(schemaOf()).toBe(MIGRATIONS.length - 1);
  });

  test('runs nothing of the pipeline, even when it was changed', async () => {
    project.edit('pipelines/line/index.ts', "name: 'lab',", 'name: String(process.exit(7)),');
    expect(await complete('run', 'pipelines/line', 'f')).toEqual(['fit', 'fit@fold=0', 'fit@fold=1']);
  });
});

test('a shell that there is no script for is refused with a suggestion', async () => {
  expect(await project.restage(['completion', 'fishh'])).toMatchObject({
    code: 2,
    stderr: 'restage: There is no completion for the shell "fishh" (did you mean "fish"?); choose bash, zsh or fish.\n',
  });
});

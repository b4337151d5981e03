/** Completion, asked as shells ask: by the functions that the printed scripts define, in real shells. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/store/database/migrations.ts';
import { makeProject } from '../helpers/project.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const project = makeProject().write(
  'pipelines/line/index.ts',
  `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
export const fit = stage({
  name: 'lab/fit', params: z.strictObject({ fold: z.int() }), inputs: {}, outputs: { line: json<number>() },
  run: ({ params }) => ({ line: params.fold }),
});
export default pipeline({
  name: 'lab',
  params: z.strictObject({ folds: z.int().default(2), deep: z.strictObject({ rate: z.number().default(1) }).prefault({}) }),
  build(p, { folds }) {
    for (let fold = 0; fold < folds; fold++) p.add(fit, { key: { fold }, params: { fold } });
    return {};
  },
});
`,
);

/** The functions as they are printed, which a user's shell reads once. */
const script = (name: string): string => project.beside(`restage.${name}`);

/** What each shell offers for a line with the cursor at its end, sorted. */
const SHELLS: Readonly<Record<string, (line: string) => readonly string[]>> = {
  bash: (line) =>
    shell('bash', [
      '--norc',
      '-c',
      'source "$3"; COMP_LINE=$2 COMP_POINT=${#2}; _restage; printf "%s\\n" "${COMPREPLY[@]}"',
      'bash',
      CLI,
      line,
      script('bash'),
    ]),
  // Outside of its line editor zsh has no compadd; the function is the same.
  zsh: (line) =>
    shell('zsh', [
      '-f',
      '-c',
      'compadd() { while [[ $1 != -a ]]; do shift; done; print -rl -- ${(P)2} }; _files() { print -r -- FILES }; source "$3"; words=("${(@s: :)2}"); CURRENT=$#words; PREFIX=$words[-1]; _restage',
      'zsh',
      CLI,
      line,
      script('zsh'),
    ]),
  fish: (line) =>
    shell('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script('fish'), line]).map(
      (offered) => offered.split('\t')[0]!,
    ),
};

function shell(command: string, args: readonly string[]): readonly string[] {
  const output = execFileSync(command, args, { cwd: project.root, encoding: 'utf8' });
  return output
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

beforeAll(async () => {
  mkdirSync(project.path('results'));
  for (const name of Object.keys(SHELLS))
    writeFileSync(script(name), execFileSync(CLI, ['completion', name], { encoding: 'utf8' }));
  expect((await project.restage(['plan', 'pipelines/line'])).code).toBe(0);
});

describe.each(Object.entries(SHELLS))('in %s', (name, offers) => {
  const absent = spawnSync(name, ['-c', 'true']).error !== undefined;
  beforeEach(({ skip }) => skip(absent, `${name} is not installed`));

  test('verbs are completed', () => {
    expect(offers('restage st')).toEqual(['status']);
    expect(offers('restage ')).toEqual(expect.arrayContaining(['run', 'plan', 'init', 'completion']));
  });

  test('so are options, and their values', () => {
    expect(offers('restage run --fail')).toEqual(['--fail-fast']);
    expect(offers('restage graph pipelines/line --format s')).toEqual(['svg']);
    expect(offers('restage run pipelines/line --backend port')).toEqual(['portable']);
    expect(offers('restage completion b')).toEqual(['bash']);
  });

  test('so are pipelines, and the parameters and nodes of a planned one', () => {
    expect(offers('restage run pipelines/l')).toContain('pipelines/line');
    expect(offers('restage run pipelines/line -S fo')).toEqual(['folds=']);
    expect(offers('restage run pipelines/line -S deep.')).toEqual(['deep.rate=']);
    expect(offers('restage run pipelines/line f')).toEqual(['fit', 'fit@fold=0', 'fit@fold=1']);
    expect(offers('restage get pipelines/line fit@fold=1.')).toContain(name === 'bash' ? '1.line' : 'fit@fold=1.line');
  });
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

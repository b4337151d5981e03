/** Caches and definitions that cannot be used: one sentence, the right exit code, and nothing that was lost. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';
import type { Finished } from '../helpers/run-result.ts';

function expectRefusal(finished: Finished, code: number, sentence: RegExp): void {
  // A run says what it prepares before it finds what is wrong.
  expect(finished.stdout).toMatch(/^({"type":"run-preparing",[^\n]+\n)*$/);
  expect(finished.stderr).toMatch(sentence);
  // One sentence on one line, and no stack.
  expect(finished.stderr).toMatch(/^restage: [^\n]+[.)]\n$/);
  expect(finished.stderr).not.toMatch(/internal error|\n\s+at /);
  expect(finished.code).toBe(code);
}

describe('a cache', () => {
  test('of a newer schema is left alone', async () => {
    const project = makeInProcessProject('lab');
    await project.run();
    const db = new Database(join(project.cache, 'state.db'));
    db.pragma('user_version = 99');
    db.close();
    for (const args of [['run', project.root], ['log'], ['fsck'], ['status', project.root]])
      expectRefusal(
        await project.restage([...args, '--cache', project.cache]),
        5,
        /state\.db has schema 99, and this restage knows up to \d+; update restage, or use another cache with --cache DIR\.$/m,
      );
    const after = new Database(join(project.cache, 'state.db'), { readonly: true });
    expect(after.pragma('user_version', { simple: true })).toBe(99);
    after.close();
  });

  test('that is the database of another program is left alone', async () => {
    const project = makeInProcessProject('lab').withoutCache();
    mkdirSync(project.cache);
    const db = new Database(join(project.cache, 'state.db'));
    db.exec('CREATE TABLE mine (x)');
    db.close();
    expectRefusal(await project.run(), 5, /is not a cache of restage; use another directory with --cache DIR/);
  });

  test('whose database is not a database is left alone', async () => {
    const project = makeInProcessProject('lab').withoutCache();
    mkdirSync(project.cache);
    const file = join(project.cache, 'state.db');
    writeFileSync(
      file,
      'something else altogether, and long enough to be looked at as a header of a database\n'.repeat(50),
    );
    const before = readFileSync(file);
    expectRefusal(
      await project.run(),
      5,
      /state\.db is damaged; .*move this file and its -wal and -shm files away together/,
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('below a file, or where a file is', async () => {
    const project = makeInProcessProject('lab').write('file', '');
    for (const cache of ['file', 'file/cache'])
      expectRefusal(
        await project.restage(['run', '.', '--cache', cache]),
        5,
        /file.* cannot be written: a file stands where a directory should; move it away/,
      );
  });

  test('whose object store cannot be written ends the run, with the cause, and no claim that it holds what is lost', async () => {
    const project = makeInProcessProject('lab').withoutCache();
    mkdirSync(project.cache);
    writeFileSync(join(project.cache, 'objects'), 'a file');
    const blocked = await project.run();
    expect(blocked.code).not.toBe(0);
    expect(blocked.stdout + blocked.stderr).toMatch(
      /could not be written to the cache \S+: a file stands where a directory should/,
    );
    expect(blocked.stdout + blocked.stderr).not.toMatch(/internal error/);
    expect(statSync(join(project.cache, 'objects')).isFile()).toBe(true);
    const states = project.query<{ objects: number }>('SELECT objects FROM state');
    expect(states.filter(({ objects }) => objects > 0)).toEqual([]);
  });
});

describe('a definition', () => {
  const IMPORTS = `import { json, many, observation, pipeline, stage } from 'restage';
import { z } from 'zod';
`;
  const STAGE = `export const step = stage({
  name: 'lab/step',
  params: z.strictObject({}),
  inputs: { above: many(json<number>()) },
  outputs: { x: json<number>() },
  run: () => ({ x: 1 }),
});
`;
  const build = (body: string, more = STAGE, params = '{}'): string =>
    `${IMPORTS}${more}
export default pipeline({ name: 'bad', params: z.strictObject(${params}), build(p) { ${body} return {}; } });
`;

  const WRONG: readonly (readonly [what: string, source: string, sentence: RegExp])[] = [
    [
      'with a cycle',
      build(`const b = p.reference(json<number>(), 'b', 'x');
        const a = p.add(step, { as: 'a', inputs: { above: [b] } });
        const c = p.add(step, { as: 'c', inputs: { above: [a.out.x] } });
        p.add(step, { as: 'b', inputs: { above: [c.out.x] } });`),
      /^restage: Pipeline bad has a cycle: (a -> c -> b -> a|b -> a -> c -> b|c -> b -> a -> c); a node cannot depend on its own output/,
    ],
    [
      'with two nodes of one name',
      build(`p.add(step, { inputs: { above: [] } }); p.add(step, { inputs: { above: [] } });`),
      /two nodes.*step/,
    ],
    [
      'that refers to a node that is not there',
      build(`p.add(step, { inputs: { above: [p.reference(json<number>(), 'nobody', 'x')] } });`),
      /nobody/,
    ],
    [
      'that leaves an input unwired',
      build(`p.add(step, {} as never);`),
      /^restage: Node step leaves its input above unwired; give it under inputs\.above\.$/m,
    ],
    [
      'whose stage is made inside a function',
      build(
        `p.add(make(2), { inputs: { above: [] } });`,
        `const make = (factor: number) => stage({ name: 'lab/made', params: z.strictObject({}), inputs: { above: many(json<number>()) }, outputs: { x: json<number>() }, run: () => ({ x: factor }) });\n`,
      ),
      /lab\/made.*(module-level|export)/,
    ],
    [
      'whose stage is not exported',
      build(`p.add(step, { inputs: { above: [] } });`, STAGE.replace('export const', 'const')),
      /lab\/step.*export/,
    ],
    [
      'with two stages of one name',
      build(
        `p.add(step, { inputs: { above: [] } }); p.add(other, { as: 'other', inputs: { above: [] } });`,
        STAGE + STAGE.replace('const step', 'const other'),
      ),
      /two different stages named lab\/step; rename one of them/,
    ],
    [
      'with a parameter that has no canonical form',
      build(
        `p.add(dated, { params: { at: new Date(0) } });`,
        `export const dated = stage({ name: 'lab/dated', params: z.strictObject({ at: z.date() }), inputs: {}, outputs: { x: json<number>() }, run: () => ({ x: 1 }) });\n`,
      ),
      /Node dated, params\.at is an instance of Date/,
    ],
    [
      'with an output of an observation as input',
      build(
        `const seen = p.observe(look, {}) as never as { id: string }; p.add(step, { inputs: { above: [p.reference(json<number>(), seen.id, 'x')] } });`,
        `${STAGE}export const look = observation({ name: 'lab/look', params: z.strictObject({}), inputs: {}, outputs: { x: json<number>() }, run: () => ({ x: 1 }) });\n`,
      ),
      /look.*observation|observation.*look/,
    ],
    [
      'with a statement that runs on import',
      build(`p.add(step, { inputs: { above: [] } });`, `${STAGE}Object.assign(step, {});\n`),
      /index\.ts:\d+.*a bare call at module level/,
    ],
    ['without a default export', `${IMPORTS}${STAGE}`, /index\.ts has no pipeline as its default export/],
    ['that does not parse', `${IMPORTS}export default pipeline({`, /index\.ts:\d+/],
    [
      'that imports what is not there',
      build('', `import { nothing } from './nowhere.ts';\nexport const used = () => nothing;\n`),
      /nowhere/,
    ],
    ['that throws while it builds', build(`throw new Error('no such luck');`), /no such luck/],
    [
      'that throws while it is imported',
      build('', `const unlucky = (): number => { throw new TypeError('worse'); };\nexport const bad = unlucky();\n`),
      /cannot be built, since its own code throws TypeError: worse \(\S+\)\.$/m,
    ],
    [
      'that asks for a pool without a size',
      build(`p.add(step, { inputs: { above: [] }, pools: { licence: 1 } });`),
      /^restage: Node step asks for pool licence, which has no size; give it one with --pool licence=N\.$/m,
    ],
  ];
  const project = (): InProcessProject => makeInProcessProject('lab');
  for (const [what, source, sentence] of WRONG)
    test(`${what} is refused before anything runs`, async () => {
      const wrong = project().write('index.ts', source);
      expectRefusal(await wrong.run(), 2, sentence);
      if (existsSync(join(wrong.cache, 'state.db'))) expect(wrong.count('run')).toBe(0);
      expect(wrong.executed()).toEqual([]);
    });

  test('that was right and is wrong now is refused, and right again goes on', async () => {
    const edited = project();
    await edited.run();
    edited.executed();
    const good = edited.read('stages.ts');
    edited.edit('stages.ts', "name: 'lab/mix'", "name: 'lab/noise'");
    expectRefusal(await edited.run(), 2, /two different stages named lab\/noise/);
    edited.write('stages.ts', good);
    expect((await edited.run()).report!.counts.hit).toBe(8);
    expect(edited.executed()).toEqual([]);
  });
});

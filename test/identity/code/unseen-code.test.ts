import { describe, expect, test } from 'vitest';
import { DefinitionError } from '../../../src/errors.ts';
import { demoProject, type Fixture } from './fixture.ts';

async function refusal(project: Fixture): Promise<string> {
  const error: unknown = await project.bundle().then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(DefinitionError);
  return (error as DefinitionError).message;
}

describe('code that no import shows is refused:', () => {
  test.each([
    [
      'createRequire',
      "import { createRequire } from 'node:module';",
      'createRequire(import.meta.url)("./config.json").scale',
    ],
    [
      'createRequire under another name',
      "import { createRequire as load } from 'module';",
      'load(import.meta.url)("tiny")',
    ],
    [
      'createRequire of the namespace',
      "import * as modules from 'node:module';",
      'modules.createRequire(import.meta.url)("tiny")',
    ],
    [
      'createRequire of the default export',
      "import modules from 'node:module';",
      'modules.createRequire(import.meta.url)("tiny")',
    ],
    [
      'createRequire by its name in quotes',
      "import * as modules from 'node:module';",
      'modules["createRequire"](import.meta.url)("tiny")',
    ],
    [
      'createRequire by a pattern',
      "import * as modules from 'node:module';\nconst { createRequire: load } = modules;",
      'load(import.meta.url)("tiny")',
    ],
    ['createRequire by import()', '', "import('node:module')"],
    ['createRequire of a builtin', '', "process.getBuiltinModule('module')"],
    ['a builtin of a computed name', '', 'process.getBuiltinModule(String(x))'],
    ['process.mainModule', '', 'process.mainModule'],
    ['import() of a computed path', '', 'import(`./${x}.ts`)'],
    ['import.meta.resolve', '', "import.meta.resolve('./config.json')"],
    ['import.meta.filename', '', 'import.meta.filename'],
    ['import.meta as a whole', '', 'import.meta'],
    [
      'a worker',
      "import { Worker } from 'node:worker_threads';",
      "new Worker(new URL('./deeper.ts', import.meta.url))",
    ],
    [
      'a worker of the namespace',
      "import * as threads from 'node:worker_threads';",
      "new threads.Worker('./deeper.js')",
    ],
    ['a forked process', "import { fork } from 'node:child_process';", "fork('./deeper.js')"],
    ['the URL of code', '', "new URL('./deeper.ts', import.meta.url)"],
    ['the URL of a file that is not there', '', "new URL('./missing.json', import.meta.url)"],
    ['the URL of a directory', '', "new URL('../src', import.meta.url)"],
  ])('%s', async (_, head, code) => {
    const project = demoProject()
      .edit('src/helper.ts', 'import', `${head}\nimport`)
      .edit('src/helper.ts', 'return deeper(x) + 1', `void (${code});\n  return deeper(x) + 1`);
    expect(await refusal(project)).toMatch(/^src\/helper\.ts:\d+:\d+ .*; .*\.$/);
  });

  test('with the place and what to do', async () => {
    const project = demoProject().edit(
      'src/helper.ts',
      'import',
      "import { createRequire } from 'node:module';\nimport",
    );
    project.edit('src/helper.ts', '+ 1', '+ createRequire(import.meta.url)("./config.json").scale');
    expect(await refusal(project)).toMatchInlineSnapshot(
      `"src/helper.ts:1:10 has createRequire, which loads code and JSON that cannot be hashed; use import, for JSON: import data from './data.json' with { type: 'json' }."`,
    );
  });
});

describe('a file that is named by new URL(path, import.meta.url)', () => {
  const named = (): Fixture =>
    demoProject()
      .write('src/gains.csv', 'x\n1\n')
      .edit('src/helper.ts', 'import', "import { readFileSync } from 'node:fs';\nimport")
      .edit('src/helper.ts', '+ 1', "+ readFileSync(new URL('./gains.csv', import.meta.url)).length");

  test('counts by its content', async () => {
    const project = named();
    const before = await project.bundle();
    expect(before.text).toMatch(/"restage-file:[0-9a-f]{64}\/gains\.csv"/);
    expect(before.text).not.toContain(project.root);
    expect(before.executable).toContain(`"file://${project.path('src/gains.csv')}"`);
    expect(before.files.map(({ path }) => path)).toContain('src/gains.csv');
    project.write('src/gains.csv', 'x\n2\n');
    expect((await project.bundle()).digest).not.toBe(before.digest);
  });

  test('counts as the same in another place', async () => {
    const project = named();
    const { digest } = await project.bundle();
    project.move('src/gains.csv', 'src/data/gains.csv').edit('src/helper.ts', './gains.csv', './data/gains.csv');
    expect((await project.bundle()).digest).toBe(digest);
  });

  test('does not count in other stages', async () => {
    const project = named();
    const { digest } = await project.bundle('demo/score');
    project.write('src/gains.csv', 'x\n2\n');
    expect((await project.bundle('demo/score')).digest).toBe(digest);
  });

  test('may be WebAssembly', async () => {
    const project = named().move('src/gains.csv', 'src/gains.wasm').edit('src/helper.ts', 'gains.csv', 'gains.wasm');
    const { digest } = await project.bundle();
    project.write('src/gains.wasm', 'other');
    expect((await project.bundle()).digest).not.toBe(digest);
  });
});

test('a worker of a text in the code, and an evaluated text, are part of the code', async () => {
  const project = demoProject()
    .edit('src/helper.ts', 'import', "import { Worker } from 'node:worker_threads';\nimport")
    .edit(
      'src/helper.ts',
      '+ 1',
      "+ Number(new Worker('1 + 1', { eval: true }).threadId) + Number(new Function('return 1')())",
    );
  const { text } = await project.bundle();
  expect(text).toContain('new Worker("1 + 1",{eval:true})');
});

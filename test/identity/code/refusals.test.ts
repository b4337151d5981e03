import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bundleDefinition, bundleStages } from '../../../src/identity/code/bundle.ts';
import { DefinitionError, UsageError } from '../../../src/errors.ts';
import { demoProject, emptyProject, type Fixture } from './fixture.ts';

async function refusal(project: Fixture, stage = 'demo/train'): Promise<string> {
  const error: unknown = await project.bundle(stage).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(DefinitionError);
  const { message } = error as DefinitionError;
  expect(message, 'one sentence').toMatch(/^[^\n]+\.$/);
  return message;
}

describe('a stage that is not a module-level export is refused', () => {
  test('inside a function: a closure', async () => {
    const project = demoProject();
    project.write(
      'src/pipeline.ts',
      `import { stage } from 'restage';
const scaler = (factor: number) =>
  stage({ name: 'demo/scale', run: () => factor });
export const twice = scaler(2);
`,
    );
    expect(await refusal(project, 'demo/scale')).toMatchInlineSnapshot(
      `"Stage demo/scale is declared inside a function at src/pipeline.ts:3:3, so the values that it captures are not visible in its code; declare it as a module-level \`export const ... = stage({ name: 'demo/scale', ... })\`, and make every value that varies a declared param, never a closure."`,
    );
  });

  test('inside a method of an object', async () => {
    const project = demoProject();
    project.write(
      'src/pipeline.ts',
      "import { stage } from 'restage';\nexport default { build() { return stage({ name: 'demo/scale' }); } };\n",
    );
    expect(await refusal(project, 'demo/scale')).toContain('inside a function at src/pipeline.ts:2:35');
  });

  test('not exported', async () => {
    const project = demoProject().edit('src/stages.ts', 'export const score', 'const score');
    project.edit('src/pipeline.ts', 'score, train', 'train').edit('src/pipeline.ts', 'train, score', 'train');
    expect(await refusal(project, 'demo/score')).toMatchInlineSnapshot(
      `"Stage demo/score is declared at src/stages.ts:21:15, but not as an export of that module; declare it as a module-level \`export const ... = stage({ name: 'demo/score', ... })\`, and make every value that varies a declared param, never a closure."`,
    );
  });

  test('under a name that is not a literal, or nowhere', async () => {
    const project = demoProject().edit('src/stages.ts', "name: 'demo/train'", "name: `demo/${String('train')}`");
    expect(await refusal(project)).toMatchInlineSnapshot(
      `"Stage demo/train is not exported, with that literal name, by any module that src/pipeline.ts imports; declare it as a module-level \`export const ... = stage({ name: 'demo/train', ... })\`, and make every value that varies a declared param, never a closure."`,
    );
  });

  test('a pipeline of the same name is not a stage', async () => {
    expect(await refusal(demoProject(), 'demo')).toContain('Stage demo is not exported');
  });
});

test('two stages of one name are refused, with both places', async () => {
  const project = demoProject().write(
    'src/copy.ts',
    "import { stage } from 'restage';\nexport const again = stage({ name: 'demo/train', run: () => 1 });\n",
  );
  project.edit('src/pipeline.ts', 'import { score', "import { again } from './copy.ts';\nimport { score");
  project.edit('src/pipeline.ts', '[train', '[again, train');
  expect(await refusal(project)).toMatchInlineSnapshot(
    `"Stage demo/train is declared twice, at src/copy.ts:2:22 and at src/stages.ts:12:22; rename one of them: a stage's name must be unique in a pipeline."`,
  );
});

describe('module-level code with effects is refused', () => {
  test.each([
    ['a bare call', "console.log('loaded');"],
    ['an assignment', 'let count = 0;\ncount = 1;'],
    ['an assignment', 'const cache = { size: 0 };\ncache.size++;'],
    ['a bare if statement', 'if (process.argv.length > 2) weigh(1);'],
    ['a bare for statement', 'for (const x of [1, 2]) weigh(x);'],
    ['a bare while statement', 'while (false) weigh(1);'],
    ['a bare try statement', 'try { weigh(1); } catch {}'],
    ['a bare expression', 'await Promise.resolve(1);'],
  ])('%s', async (what, code) => {
    const project = demoProject().edit('src/helper.ts', 'export type', `// the next lines\n${code}\nexport type`);
    const message = await refusal(project);
    expect(message).toContain(`has ${what} at module level`);
    expect(message).toMatch(/^src\/helper\.ts:[345]:1 /);
  });

  test('in one sentence with advice', async () => {
    const project = demoProject().edit('src/constants.ts', 'export', "globalThis.name = 'x';\nexport");
    expect(await refusal(project)).toMatchInlineSnapshot(
      `"src/constants.ts:1:1 has an assignment at module level, which would run on import and is not part of any stage; put it in a function or in the initialiser of a const."`,
    );
  });

  test('but neither in a package nor in a file that no stage reaches', async () => {
    const project = demoProject();
    project.edit('node_modules/tiny/index.js', 'export', 'globalThis.tiny = 1;\nexport');
    project.edit('src/pipeline.ts', 'export', "if (process.argv[1] === '') console.log('a script');\nexport");
    await expect(project.bundle()).resolves.toMatchObject({ stage: 'demo/train' });
  });

  test('but not directives, enums, empty statements and initialisers that await', async () => {
    const project = demoProject().edit(
      'src/helper.ts',
      'export type',
      ";\nexport enum Kind { A, B = 'b' }\nconst ready = await Promise.resolve(Kind.A);\nexport type",
    );
    project
      .edit('src/helper.ts', 'deeper(x)', 'deeper(x) + ready')
      .edit('src/helper.ts', 'import', "'use strict';\nimport");
    const { text } = await project.bundle();
    expect(text).toContain('await Promise.resolve');
    await expect(project.compile('built').bundle('demo/train', 'built/pipeline.js')).resolves.toBeDefined();
  });
});

describe('code that would not work in a bundle is refused', () => {
  test('an import() of a computed path', async () => {
    const project = demoProject().edit(
      'src/helper.ts',
      'return deeper(x)',
      'void import(String(x));\n  return deeper(x)',
    );
    expect(await refusal(project)).toMatchInlineSnapshot(
      `"src/helper.ts:5:8 has import() of a path that is not a literal, so its code cannot be hashed; write the path out, one import() for each."`,
    );
  });

  test('import.meta.dirname', async () => {
    const project = demoProject().edit('src/helper.ts', 'deeper(x) +', 'deeper(x) + import.meta.dirname.length +');
    expect(await refusal(project)).toMatchInlineSnapshot(
      `"src/helper.ts:5:22 has a use of import.meta other than import.meta.url, which would name the bundle; use fileURLToPath(import.meta.url)."`,
    );
    await expect(bundleDefinition(project.path('src/pipeline.ts'))).rejects.toThrow('import.meta');
  });

  test('a file that is neither code nor JSON', async () => {
    const project = demoProject().write('src/data.csv', 'x\n1\n');
    project
      .edit('src/helper.ts', 'import', "import data from './data.csv';\nimport")
      .edit('src/helper.ts', '+ 1', '+ data');
    expect(await refusal(project)).toMatchInlineSnapshot(
      `"Cannot bundle src/data.csv: only TypeScript, JavaScript and JSON can be imported; declare other files as inputs of the pipeline, with file()."`,
    );
  });
});

describe('a missing or malformed import is reported with its place', () => {
  test('a package', async () => {
    const project = demoProject().edit('src/deeper.ts', "'tiny'", "'@scope/absent/sub'");
    expect(await refusal(project)).toMatchInlineSnapshot(
      `"Cannot find the package @scope/absent, imported at src/deeper.ts:1:1; install it with \`npm i @scope/absent\`."`,
    );
  });

  test('a subpath of a package', async () => {
    const project = demoProject().edit('src/stages.ts', "'restage/ml'", "'restage/physics'");
    expect(await refusal(project)).toMatchInlineSnapshot(
      `"Cannot find restage/physics, imported at src/stages.ts:2:1: the package restage has no such export; check the name."`,
    );
    const other = demoProject().edit('src/stages.ts', "'zod'", "'zod/nope'");
    expect(await refusal(other)).toMatchInlineSnapshot(
      `"Cannot find zod/nope, imported at src/stages.ts:3:1: the package zod has no such export; check the name."`,
    );
  });

  test('restage itself', async () => {
    const project = emptyProject().move('node_modules/restage', 'elsewhere');
    project.write(
      'src/pipeline.ts',
      "import { stage } from 'restage';\nexport const one = stage({ name: 'demo/train' });\n",
    );
    const home = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
    expect(await refusal(project)).toBe(
      `Cannot find the package restage, imported at src/pipeline.ts:1:1; install it with \`npm i ${home}\`.`,
    );
  });

  test('a file', async () => {
    const project = demoProject().edit('src/stages.ts', './helper.ts', './helpers.ts');
    expect(await refusal(project)).toMatchInlineSnapshot(
      `"Cannot find ./helpers.ts, imported at src/stages.ts:5:1; check the path."`,
    );
  });

  test('an export', async () => {
    const project = demoProject().edit(
      'src/stages.ts',
      'import { weigh, type Weighed }',
      'import { wiegh as weigh, type Weighed }',
    );
    expect(await refusal(project)).toMatchInlineSnapshot(
      `"src/stages.ts:5:10: No matching export in src/helper.ts for import "wiegh"; if it is a type, say \`import type\` or \`export type\`."`,
    );
  });

  test('syntax', async () => {
    const project = demoProject().edit('src/deeper.ts', 'Math.min(', 'Math.min((');
    expect(await refusal(project)).toMatchInlineSnapshot(
      `"src/deeper.ts:5:86 does not parse: Expected ")" but found ";"."`,
    );
    await expect(bundleDefinition(project.path('src/pipeline.ts'))).rejects.toThrow('src/deeper.ts:5:');
  });

  test('JSON', async () => {
    const project = demoProject().write('src/config.json', '{ "scale": }');
    expect(await refusal(project)).toContain('src/config.json is not JSON');
  });

  test("the pipeline's file", async () => {
    await expect(bundleStages('/nowhere/pipeline.ts', [])).rejects.toBeInstanceOf(UsageError);
  });
});

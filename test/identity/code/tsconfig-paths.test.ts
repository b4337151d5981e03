import { describe, expect, test } from 'vitest';
import { demoProject, type Fixture } from './fixture.ts';

const before = await demoProject().bundle();
const aliased = (specifier: string): Fixture => demoProject().edit('src/stages.ts', "'./helper.ts'", `'${specifier}'`);

describe('an alias of tsconfig.json leads to its file, and the text is the same', () => {
  test.each([
    ['@/helper.ts', { compilerOptions: { paths: { '@/*': ['./src/*'] } } }],
    ['@/helper', { compilerOptions: { paths: { '@/*': ['./src/*'] } } }],
    ['~/helper', { compilerOptions: { paths: { '~/*': ['./src/*'] } } }],
    ['lib/helper', { compilerOptions: { baseUrl: '.', paths: { 'lib/*': ['src/*'] } } }],
    ['src/helper', { compilerOptions: { baseUrl: '.' } }],
    ['helper', { compilerOptions: { paths: { helper: ['./src/missing.ts', './src/helper.ts'] } } }],
  ])('%s', async (specifier, settings) => {
    const project = aliased(specifier).write('tsconfig.json', JSON.stringify(settings));
    expect((await project.bundle()).text).toBe(before.text);
  });

  test('through extends, with comments and trailing commas', async () => {
    const project = aliased('@/helper')
      .write('tsconfig.json', '{\n  // ours\n  "extends": "./config/base", /* all */\n}\n')
      .write('config/base.json', '{ "compilerOptions": { "paths": { "@/*": ["../src/*",] }, "target": "es5" }, }\n');
    const { bundleStages } = await import('../../../src/identity/code/bundle.ts');
    const { stages, files } = await bundleStages(project.path('src/pipeline.ts'), ['demo/train']);
    expect(stages[0]!.text).toBe(before.text);
    for (const file of ['tsconfig.json', 'config/base.json']) expect(files).toContain(project.path(file));
  });
});

test('a tsconfig.json that would take precedence is noticed when it appears', async () => {
  const { bundleStages } = await import('../../../src/identity/code/bundle.ts');
  const project = aliased('@/helper').write('tsconfig.json', '{"compilerOptions":{"paths":{"@/*":["./src/*"]}}}');
  const { witnesses } = await bundleStages(project.path('src/pipeline.ts'), ['demo/train']);
  expect(witnesses).toContainEqual([project.path('src/tsconfig.json'), null]);
});

test.each(['@/helper', '~/helper'])('%s without an alias is told as one', async (specifier) => {
  await expect(aliased(specifier).bundle()).rejects.toThrow(
    `Cannot find ${specifier}, imported at src/stages.ts:5:1; if it is an alias, declare it by "paths" in the tsconfig.json nearest to that file, or write the relative path.`,
  );
});

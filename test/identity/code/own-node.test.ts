/** What an executable and a digest are in a Node of their own. */
import { describe, expect, test } from 'vitest';
import { builtModule } from '../../helpers/built.ts';
import { inChild } from './child-node.ts';
import { demoProject, freshDirectory } from './fixture.ts';
import { storedText } from './import-text.ts';

describe('an executable', () => {
  test("shows the user's own file and line when it throws", async () => {
    const project = demoProject().edit('src/deeper.ts', 'Math.min(half(x)', 'x < 0 ? fail() : Math.min(half(x)');
    project.edit(
      'src/deeper.ts',
      'export const',
      "interface Gone {\n  readonly gone: true;\n}\nfunction fail(): never {\n  throw new RangeError('below zero');\n}\nexport const",
    );
    const bundle = await project.bundle();
    const stack = inChild(`
      process.setSourceMapsEnabled(true);
      const { default: stage } = await import(${JSON.stringify(storedText(bundle.executable, bundle.map))});
      try { stage.run({ params: { rate: -1 } }); } catch (error) { process.stdout.write(error.stack); }`);
    expect(stack).toContain('RangeError: below zero');
    expect(stack).toContain(`${project.path('src/deeper.ts')}:9:9`);
    expect(stack).toContain(`${project.path('src/deeper.ts')}:11:`);
    expect(stack).toContain(`${project.path('src/helper.ts')}:5:10`);
    expect(stack).toContain(`${project.path('src/stages.ts')}:17:12`);
  });

  test('has the line and column of a throw in an initialiser that was marked', async () => {
    const project = demoProject().edit(
      'src/constants.ts',
      'export const LIMIT = 10;',
      "type Gone = string;\nexport const FIRST = Math.max(1, 2), LIMIT = JSON.parse('{'), THIRD = Math.min(1, Math.max(2, 3));",
    );
    project
      .edit('src/deeper.ts', 'LIMIT }', 'FIRST, LIMIT, THIRD }')
      .edit('src/deeper.ts', 'LIMIT)', 'FIRST, LIMIT, THIRD)');
    const bundle = await project.bundle();
    const stack = inChild(`
      process.setSourceMapsEnabled(true);
      try { await import(${JSON.stringify(storedText(bundle.executable, bundle.map))}); } catch (error) { process.stdout.write(error.stack); }`);
    expect(stack).toContain('SyntaxError');
    expect(stack).toContain(`${project.path('src/constants.ts')}:2:51`);
  });
});

describe('the digest stays the same', () => {
  test.each([
    { LANG: 'C', LC_ALL: 'C', TZ: 'UTC' },
    {
      LANG: 'tr_TR.UTF-8',
      LC_ALL: 'tr_TR.UTF-8',
      TZ: 'Asia/Tokyo',
      HOSTNAME: 'elsewhere',
      NODE_ENV: 'production',
      NODE_PATH: '/',
    },
  ])('in a separate process with $LANG, whatever the working directory', async (env) => {
    const entry = demoProject().path('src/pipeline.ts');
    const print = `
      import { bundleStages } from ${JSON.stringify(builtModule('identity/code/bundle.ts'))};
      const { stages } = await bundleStages(${JSON.stringify(entry)}, ['demo/train']);
      process.stdout.write(stages[0].digest);`;
    expect(inChild(print, { cwd: freshDirectory(), env })).toBe((await demoProject().bundle()).digest);
  });
});

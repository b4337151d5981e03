/** The sources that a definition and its stages are bundled from. */
import { expect, test } from 'vitest';
import type { KnownSources } from '../../../src/identity/code/sources/known-sources.ts';
import { bundleDefinition, bundleStages } from '../../../src/identity/code/bundle.ts';
import { emptyProject } from './fixture.ts';

const STAGE = `import { json, stage } from 'restage';
import { z } from 'zod';
import { word } from './word.ts';
export const say = stage({
  name: 'demo/say',
  params: z.strictObject({}),
  outputs: { said: json<string>() },
  run: () => ({ said: word }),
});
`;

function project() {
  const made = emptyProject();
  made.write('src/pipeline.ts', STAGE);
  made.write('src/word.ts', "export const word = 'one';\n");
  return made;
}

test('are read once for both, and the stages are what they are by themselves', async () => {
  const demo = project();
  const entry = demo.path('src/pipeline.ts');
  const sources: KnownSources = new Map();
  await bundleDefinition(entry, { sources });
  const [read] = sources.values();
  const together = await bundleStages(entry, ['demo/say'], { sources });
  expect([...sources.values()]).toEqual([read]);
  expect(sources.values().next().value).toBe(read);
  expect(together.readSince).toBe(read!.readSince);
  const alone = await bundleStages(entry, ['demo/say']);
  expect(together).toEqual({ ...alone, readSince: together.readSince });
});

test.each([
  ['edited', "export const word = 'two';\n"],
  ['removed', undefined],
])('are read again for the stages if one was %s meanwhile', async (_, text) => {
  const demo = project();
  const entry = demo.path('src/pipeline.ts');
  const sources: KnownSources = new Map();
  await bundleDefinition(entry, { sources });
  const [read] = sources.values();
  if (text === undefined) {
    demo.write('src/pipeline.ts', STAGE.replace('word.ts', 'other.ts'));
    demo.move('src/word.ts', 'src/other.ts').write('src/other.ts', "export const word = 'two';\n");
  } else demo.write('src/word.ts', text);
  const { stages } = await bundleStages(entry, ['demo/say'], { sources });
  expect(stages[0]!.text).toContain('"two"');
  expect(sources.values().next().value).not.toBe(read);
});

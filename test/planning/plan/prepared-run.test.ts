import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plan } from '../../../src/planning/plan/plan-command.ts';
import { UsageError } from '../../../src/errors.ts';
import { makeProjectDirectory } from '../../helpers/project-directory.ts';

const PIPELINE = `import { externalFile, file, json, pipeline, stage } from 'restage';
import { z } from 'zod';
export const read = stage({
  name: 'lab/read',
  params: z.strictObject({}),
  inputs: { data: file() },
  outputs: { x: json<number>() },
  run: () => ({ x: 1 }),
});
export default pipeline({
  name: 'lab',
  params: z.strictObject({ data: z.string() }),
  build(p, { data }) { p.add(read, { inputs: { data: externalFile(data) } }); return {}; },
});
`;

test.each([
  [
    'below a file',
    'package.json/x',
    /package\.json\/x, input data of node read, cannot be read: a file stands where a directory should; check the path\.$/,
  ],
  [
    'of a name that is too long',
    'x'.repeat(300),
    /x, input data of node read, cannot be read: its name is too long; use a shorter path\.$/,
  ],
  ['that does not exist', 'nowhere', /nowhere, input data of node read, does not exist; check the path\.$/],
  ['that is a folder', 'node_modules', /node_modules, input data of node read, is not a file; name a file\.$/],
])('an external file %s is refused with one sentence', async (_, data, sentence) => {
  await expectRefusal(makeProjectDirectory().root, data, sentence);
});

test('an external file that is a link to itself is refused with one sentence', async () => {
  const { root } = makeProjectDirectory();
  symlinkSync('loop', join(root, 'loop'));
  await expectRefusal(
    root,
    'loop',
    /loop, input data of node read, cannot be read: its links lead in a circle; correct them\.$/,
  );
});

async function expectRefusal(root: string, data: string, sentence: RegExp): Promise<void> {
  writeFileSync(join(root, 'index.ts'), PIPELINE);
  const error: unknown = await plan({
    pipeline: root,
    workingDirectory: root,
    overrides: [{ path: 'data', text: data }],
  }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UsageError);
  expect((error as UsageError).message).toMatch(sentence);
}

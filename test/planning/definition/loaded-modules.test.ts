/** A process that goes on after a package was changed does not execute the old package and call it the new one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { run } from '../../../src/run/run.ts';
import { makeProjectDirectory, type ProjectDirectory } from '../../helpers/project-directory.ts';

function project(): ProjectDirectory {
  return makeProjectDirectory('lab')
    .write('node_modules/tiny/package.json', '{"name":"tiny","version":"1.0.0","type":"module","exports":"./index.js"}')
    .write('node_modules/tiny/index.js', "export { half } from './lib/half.js';\n")
    .write('node_modules/tiny/lib/half.js', 'export const half = (x) => x / 2;\n')
    .write('node_modules/tiny/unused.js', '1')
    .write(
      'index.ts',
      `import { json, pipeline, stage } from 'restage';
import { half } from 'tiny';
import { z } from 'zod';
export const step = stage({
  name: 'lab/step', params: z.strictObject({}), inputs: {}, outputs: { x: json<number>() }, run: () => ({ x: half(4) }),
});
export default pipeline({ name: 'lab', params: z.strictObject({}), build: (p) => p.add(step, { executor: 'in-process' }).out });
`,
    );
}

const ran = async (lab: ProjectDirectory): Promise<number> => {
  // What has just been changed is not memoised.
  await sleep(20);
  return (await run({ pipeline: lab.root, workingDirectory: lab.root, cacheDirectory: lab.cache })).counts.ran;
};

test('it refuses to go on', async () => {
  const lab = project();
  expect(await ran(lab)).toBe(1);
  expect(await ran(lab)).toBe(0);
  lab.write('node_modules/tiny/unused.js', '2');
  expect(await ran(lab)).toBe(0);
  const inner = 'node_modules/tiny/lib/half.js';
  lab.edit(inner, '/ 2', '/ 20');
  await expect(ran(lab)).rejects.toThrow(
    `The file ${lab.path(inner)} of a package was changed after this process had loaded it, and Node loads a file once; run again in a new process.`,
  );
  lab.edit(inner, '/ 20', '/ 2');
  expect(await ran(lab)).toBe(0);
});

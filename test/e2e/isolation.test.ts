/**
 * Attempts of one process share the packages that it has loaded; a process for each has none of another's variables.
 */
import { expect, test } from 'vitest';
import { makeProject, type Project } from '../helpers/project.ts';

/** Every node adds its number to a list in a package, and tells what the list has then. */
const sharing = (executor: string, isolate: boolean): string => `
import { json, pipeline, stage } from 'restage';
import { seen } from 'listing';
import { z } from 'zod';

export const step = stage({
  name: 'iso/step',
  params: z.strictObject({ node: z.int() }),
  inputs: {},
  outputs: { seen: json<readonly number[]>() },
  run({ params }) {
    seen.push(params.node);
    return { seen: [...seen] };
  },
});

export default pipeline({
  name: 'iso',
  params: z.strictObject({}),
  build: (p) =>
    Object.fromEntries([1, 2, 3].map((node) => {
      const made = p.add(step, { as: 'n' + node, params: { node }, executor: '${executor}', isolate: ${isolate} });
      return ['seen' + node, made.out.seen];
    })),
});
`;

const listing = (): Project =>
  makeProject('lab')
    .write('node_modules/listing/package.json', '{ "name": "listing", "version": "1.0.0", "main": "index.cjs" }')
    .write('node_modules/listing/index.cjs', 'exports.seen = [];')
    .write('node_modules/listing/index.d.cts', 'export declare const seen: number[];');

async function seenIn(project: Project, args: readonly string[]): Promise<unknown> {
  const { report, code, stderr } = await project.run(['-f', ...args]);
  expect({ code, said: code === 0 ? '' : stderr }).toEqual({ code: 0, said: '' });
  return report!.results.map(({ value }) => value);
}

test('the variables of a package are shared by the attempts of a process, and are not by those that have one each', async () => {
  const project = listing().write('index.ts', sharing('in-process', false));
  const own = [[1], [2], [3]];
  expect(await seenIn(project, [])).toEqual([[1], [1, 2], [1, 2, 3]]);
  expect(await seenIn(project, ['--isolate', '-j', '1'])).toEqual(own);
  project.write('index.ts', sharing('in-process', true));
  expect(await seenIn(project, ['-j', '2'])).toEqual(own);
  project.write('index.ts', sharing('worker', false));
  project.edit('package.json', '{', '{ "restage": { "isolate": true },');
  expect(await seenIn(project, ['-j', '1'])).toEqual(own);
});

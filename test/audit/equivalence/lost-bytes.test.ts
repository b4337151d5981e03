/** A state that was accepted for another key, and whose bytes disappear while a run that took it goes on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type InProcessProject, makeInProcessProject } from '../../helpers/in-process-project.ts';
import { openCache } from '../../store/open-cache.ts';
import { ask, sumOf } from './chain-project.ts';

/** `remove` deletes what it is told to before the readers of the large output begin. */
function projectText(letter: string): string {
  return `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
import { rmSync } from 'node:fs';

export const large = stage({ name: 'lab/large', params: z.strictObject({}), inputs: {}, outputs: { text: json<string>() },
  run: () => ({ text: '${letter}'.repeat(100_000) }) });
export const remove = stage({ name: 'lab/remove', params: z.strictObject({ file: z.string() }), inputs: {}, outputs: { done: json<string>() },
  run({ params: { file } }) { if (file !== '') rmSync(file, { force: true }); return { done: file }; } });
export const first = stage({ name: 'lab/first', params: z.strictObject({ file: z.string() }), inputs: { text: json<string>() },
  outputs: { letter: json<string>() },
  run: async ({ inputs }) => ({ letter: (await inputs.text.read())[0]! }) });
export const both = stage({ name: 'lab/both', params: z.strictObject({}), inputs: { text: json<string>(), letter: json<string>() },
  outputs: { letters: json<string>() },
  run: async ({ inputs }) => ({ letters: (await inputs.text.read())[0]! + (await inputs.letter.read()) }) });
const here = { executor: 'in-process' } as const;
export default pipeline({
  name: 'fragile',
  params: z.strictObject({ file: z.string().default('') }),
  build(p, { file }) {
    const { text } = p.add(large, { params: {}, inputs: {}, ...here }).out;
    const { done } = p.add(remove, { params: { file }, inputs: {}, priority: 1, ...here }).out;
    const { letter } = p.add(first, { params: { file }, inputs: { text }, ...here }).out;
    return { letters: p.add(both, { params: {}, inputs: { text, letter }, ...here }).out.letters, done };
  },
});
`;
}

/** Each input that a key names has the bytes that were read. */
function expectKeysOfWhatWasRead({ cache: directory }: InProcessProject): void {
  const { query } = openCache(directory);
  for (const { state } of query.runs.list({ limit: 9 }).flatMap(({ id }) => query.visits.ofRun(id))) {
    const fields = new Map(query.states.fields(state!.id).map(({ name, digest }) => [name, digest]));
    for (const { slot, digest } of query.lineage.inputs(state!.id)) expect(fields.get(`in.${slot}`)).toBe(digest);
  }
}

test('is made for the key itself, and nothing takes the accepted bytes for the new ones', async () => {
  const project = makeInProcessProject();
  project.write('index.ts', projectText('a'));
  expect(sumOf((await project.run()).report)).toBe('aa');
  const { 'large.text': digest } = project.outputs();
  project.write('index.ts', projectText('b'));
  expect((await ask(project, 'accept', 'large', '-m', 'a letter is a letter')).code).toBe(0);
  expect((await project.run()).outcomes).toMatchObject({ large: 'hit' });
  const object = join(project.cache, 'objects', digest!.slice(0, 2), digest!.slice(2));
  expect(readFileSync(object).byteLength).toBeGreaterThan(100_000);
  const { report, outcomes } = await project.run(['-j', '1', '-S', `file=${object}`]);
  expect(outcomes).toMatchObject({ large: 'ran', first: 'ran', both: 'ran' });
  expect(sumOf(report)).toBe('bb');
  expectKeysOfWhatWasRead(project);
  expect((await ask(project, 'accept', '--list')).stdout).toContain('over: it ran');
  const again = await project.run(['-S', `file=${object}`]);
  expect(again.outcomes).toEqual({ large: 'hit', remove: 'hit', first: 'hit', both: 'hit' });
  expect(sumOf(again.report)).toBe('bb');
});

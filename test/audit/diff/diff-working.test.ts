import { expect, test } from 'vitest';
import { open } from '../../../src/index.ts';
import { makeInProcessProject } from '../../helpers/in-process-project.ts';

interface Working {
  readonly before: { readonly id: number };
  readonly params: readonly unknown[];
  readonly codes: readonly { readonly stage: string }[];
  readonly structure: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly nodes: readonly { readonly node: string; readonly status: string; readonly reason: string }[];
  readonly hits: number;
  readonly outputs: { readonly same: number; readonly differ: number };
  readonly results: readonly { readonly name: string }[];
}

test('a run is compared with what a run would be now, and nothing is executed', async () => {
  const project = makeInProcessProject('lab');
  await project.run();
  await project.run(['-S', 'rows=700']);
  project.executed();
  const words = ['--cache', project.cache];
  const ask = async (...args: string[]): Promise<Working> => {
    const { code, stdout, stderr } = await project.restage(['diff', ...args, '--working', '--json', ...words]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as Working;
  };
  const status = ({ nodes }: Working, wanted: string): readonly string[] =>
    nodes.flatMap(({ node, status }) => (status === wanted ? [node] : []));

  // As it was: all of it is up to date.
  const same = await ask('run:1');
  expect(same).toMatchObject({ params: [], codes: [], fields: [], environment: [], nodes: [], hits: 8, results: [] });
  expect(same.outputs.differ).toBe(0);
  expect((await project.restage(['diff', '1', '--working', '--exit-code', ...words])).code).toBe(0);

  // By default the latest run; today's defaults are those of the first.
  const latest = await ask();
  expect(latest).toMatchObject({ before: { id: 2 }, params: [{ path: 'rows', before: 700, after: 1000 }], nodes: [] });
  expect(latest.outputs.differ).toBeGreaterThan(0);
  expect(latest.results.map(({ name }) => name)).toContain('total');
  expect(await ask('2', '--like', 'run:2')).toMatchObject({ params: [], nodes: [], results: [] });

  // Code, wiring and parameters at once.
  project.edit('stages.ts', '=> factor * x', '=> factor * x + 1');
  project.edit('index.ts', '[factor, 2, 3].map((each, k)', '[factor, 2].map((each, k)');
  const edited = await ask('1', '-S', 'rows=500');
  expect(edited.codes.map(({ stage }) => stage)).toEqual(['lab/scale']);
  expect(edited.structure).toMatchObject({ added: [], removed: ['scale@k=2'] });
  expect(edited.params).toEqual([{ path: 'rows', before: 1000, after: 500 }]);
  expect([status(edited, 'run'), status(edited, 'pending')]).toEqual([
    ['source'],
    ['scale@k=0', 'scale@k=1', 'mix', 'note'],
  ]);
  const { code, stdout } = await project.restage(['diff', '1', '--working', '-S', 'rows=500', '--exit-code', ...words]);
  expect(code).toBe(4);
  expect(stdout).toContain('run 1 of lab -> a run of lab now\nparameters\n  rows  1000 -> 500\n');
  expect(stdout).toContain('removed  scale@k=2');
  expect(stdout).toMatch(/would run \(1; 4 more if an input changes; \d up to date\)\n {2}source +runs +/);
  expect(project.executed()).toEqual([]);

  using reader = await open({ cacheDirectory: project.cache, workingDirectory: project.root });
  expect((await reader.diffWorking('run:1')).codes).toHaveLength(1);
});

test('--working is refused with two runs, with what is not a run, and options of a pipeline without it', async () => {
  const project = makeInProcessProject('lab');
  const ask = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await project.restage(['diff', ...args, '--cache', project.cache]);
    expect(code).toBe(2);
    return stderr;
  };
  await project.run();
  expect(await ask('1', '1', '--working')).toBe('restage: --working takes one run, or none for the latest.\n');
  expect(await ask('mix', '--working')).toContain('--working compares a run, and mix is not one; name run:N');
  expect(await ask('1')).toContain('diff compares two things, such as run:1 run:2; or name a run and --working');
  expect(await ask('1', '1', '-S', 'rows=5')).toContain('--set needs');
});

test('a file that was edited is named, between two runs and between a run and now', async () => {
  const project = makeInProcessProject('lab');
  project.write('numbers.txt', '1 2 3');
  project.write(
    'index.ts',
    `import { externalFile, file, json, pipeline, stage } from 'restage';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

export const sum = stage({
  name: 'files/sum',
  params: z.strictObject({}),
  inputs: { numbers: file() },
  outputs: { total: json<number>() },
  async run({ inputs }) {
    const words = (await readFile((await inputs.numbers.read()).path, 'utf8')).split(' ');
    return { total: words.reduce((total, word) => total + Number(word), 0) };
  },
});

export default pipeline({
  name: 'files',
  params: z.strictObject({}),
  build: (p) => p.add(sum, { inputs: { numbers: externalFile(p.directory + '/numbers.txt') }, executor: 'in-process' }).out,
});
`,
  );
  const diff = async (...args: string[]): Promise<string> =>
    (await project.restage(['diff', ...args, '--cache', project.cache])).stdout;
  const edited = /^files\n {2}\S*numbers\.txt {2}[0-9a-f]{8} -> [0-9a-f]{8}$/m;
  await project.run();
  expect(await diff('run:1', '--working')).not.toContain('files\n');
  project.write('numbers.txt', '1 2 4');
  expect(await diff('run:1', '--working')).toMatch(edited);
  await project.run();
  expect(await diff('run:1', 'run:2')).toMatch(edited);
});

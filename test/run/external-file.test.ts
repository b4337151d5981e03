/** The user's files as inputs: only their content matters. */
import { renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/events.ts';
import { eventually } from '../helpers/eventually.ts';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';
import type { RunResult } from '../helpers/run-result.ts';

const PIPELINE = `import { externalFile, file, json, pipeline, stage } from 'restage';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { pass, tally } from './lab.ts';

export const read = stage({
  name: 'lab/read',
  params: z.strictObject({ gate: z.string() }),
  inputs: { file: file() },
  outputs: { text: json<string>() },
  async run({ inputs, params, signal }) {
    tally('read');
    const { path } = await inputs.file.read();
    const text = readFileSync(path, 'utf8');
    await pass(params.gate, signal);
    return { text: text.slice(0, 4) };
  },
});

export default pipeline({
  name: 'files',
  params: z.strictObject({ data: z.string().default('data.txt'), gate: z.string().default('open') }),
  build(p, { data, gate }) {
    const { text } = p.add(read, { params: { gate }, inputs: { file: externalFile(data) }, executor: 'in-process' }).out;
    return { text };
  },
});
`;

function filesProject(): InProcessProject {
  const project = makeInProcessProject('lab')
    .write('index.ts', PIPELINE)
    .write('data.txt', 'some data\n')
    .age('data.txt');
  project.open('open');
  return project;
}

/** Events after the preparation of a run. */
function startOf({ events }: RunResult): readonly RunEvent[] {
  return events.filter(({ type }) => type !== 'run-preparing');
}

describe('an external file', () => {
  test('is known by its content: a changed byte is a miss; touching, rewriting unchanged, renaming or moving is a hit', async () => {
    const project = filesProject();
    expect((await project.run()).report!.results[0]!.value).toBe('some');
    expect(project.executed()).toEqual(['read']);

    project.write('data.txt', 'home data\n').age('data.txt');
    const changed = await project.run();
    expect(project.executed()).toEqual(['read']);
    expect(changed.report!.results[0]!.value).toBe('home');
    expect(changed.events).toContainEqual(expect.objectContaining({ type: 'node-queued', reason: 'in.file changed' }));

    project.write('data.txt', 'some data\n');
    await project.run();
    utimesSync(project.path('data.txt'), new Date(), new Date());
    await project.run();
    project.write('data.txt', 'some data\n');
    await project.run();
    renameSync(project.path('data.txt'), project.path('other.txt'));
    const renamed = await project.run(['-S', 'data=other.txt']);
    renameSync(project.path('other.txt'), project.beside('moved.txt'));
    const moved = await project.run(['-S', `data=${project.beside('moved.txt')}`], { cwd: '/' });
    expect([renamed, moved].map(({ report }) => report!.counts.hit)).toEqual([1, 1]);
    expect(project.executed()).toEqual([]);
  });

  test('rewritten at once with the same length and times but different bytes is a miss', async () => {
    const project = filesProject();
    const file = project.path('data.txt');
    for (const [run, text] of ['one.', 'two.', 'six.', 'ten.'].entries()) {
      const times = run === 0 ? new Date() : statSync(file).mtime;
      writeFileSync(file, text);
      utimesSync(file, times, times);
      expect((await project.run()).report!.results[0]!.value).toBe(text);
    }
    expect(project.executed()).toHaveLength(4);
  });

  test('that is missing, a folder, or not wired to a file fails the run before it begins', async () => {
    const project = filesProject();
    const missing = await project.run(['-S', 'data=nowhere.txt']);
    expect(missing.code).toBe(2);
    expect(startOf(missing)).toEqual([]);
    expect(missing.stderr).toBe(
      `restage: The file ${project.path('nowhere.txt')}, input file of node read, does not exist; check the path.\n`,
    );
    const folder = await project.run(['-S', 'data=.']);
    expect(folder.code).toBe(2);
    expect(startOf(folder)).toEqual([]);
    expect(folder.stderr).toBe(`restage: ${project.root}, input file of node read, is not a file; name a file.\n`);
    expect(project.count('run')).toBe(0);
    expect(project.executed()).toEqual([]);
  });

  test('that was deleted after a complete run is reported as missing', async () => {
    const project = filesProject();
    await project.run();
    renameSync(project.path('data.txt'), project.path('away.txt'));
    const missing = await project.run();
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/data\.txt, input file of node read, does not exist/);
  });

  test('that changes while it is read fails the node, and the next run is correct', async () => {
    const project = filesProject();
    const running = project.run(['-S', 'gate=later']);
    await eventually(() => project.tally().length > 0);
    project.write('data.txt', 'else data\n');
    project.open('later');
    const failed = await running;
    expect(failed.code).toBe(1);
    expect(failed.report!.failures[0]!.failure).toMatchObject({
      class: 'error',
      message: expect.stringMatching(/data\.txt was changed .*; run again once nothing writes to it\.$/) as string,
      stack: null,
    });
    expect(project.count('state')).toBe(0);
    const again = await project.run(['-S', 'gate=later']);
    expect(again.report!.results[0]!.value).toBe('else');
  });
});

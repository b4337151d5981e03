import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type * as Built from '../../src/cli/main.ts';
import { builtModule } from '../helpers/built.ts';
import { Command } from '../helpers/command.ts';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';
import { DOCUMENTS } from './json/schemas.ts';

const { main } = (await import(builtModule('cli/main.ts'))) as typeof Built;

const STAGES = `import { file, json, stage } from 'restage';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
export const count = stage({
  name: 'watched/count',
  params: z.strictObject({}),
  inputs: { text: file() },
  outputs: { x: json<number>() },
  run: async ({ inputs }) => ({ x: readFileSync((await inputs.text.read()).path, 'utf8').length }),
});
export const scale = stage({
  name: 'watched/scale',
  params: z.strictObject({ by: z.number() }),
  inputs: { x: json<number>() },
  outputs: { y: json<number>() },
  run: async ({ params, inputs }) => ({ y: (await inputs.x.read()) * params.by + 0 }),
});
`;
const PIPELINE = `import { externalFile, pipeline } from 'restage';
import { z } from 'zod';
import { count, scale } from './stages.ts';
export default pipeline({
  name: 'watched',
  params: z.strictObject({ by: z.number().default(2) }),
  build(p, { by }) {
    const { x } = p.add(count, { params: {}, inputs: { text: externalFile(p.directory + '/text.txt') }, executor: 'in-process' }).out;
    return p.add(scale, { params: { by }, inputs: { x }, executor: 'in-process' }).out;
  },
});
`;

/** A watch of a new project, in this process. */
class Watched {
  readonly project: InProcessProject = makeInProcessProject()
    .write('stages.ts', STAGES)
    .write('index.ts', PIPELINE)
    .write('text.txt', '12345')
    .write('params.yaml', 'by: 2\n');
  readonly #command: Command;
  #heard = 0;

  constructor(...options: readonly string[]) {
    const words = ['run', '.', '--watch', '--params', 'params.yaml', '--cache', this.project.cache, ...options];
    this.#command = new Command(words, { cwd: this.project.root }, main);
  }

  /** Writes a file, and returns what is said up to the next line that has these words. */
  async edit(file: string, text: string, until: string): Promise<string> {
    writeFileSync(join(this.project.root, file), text);
    return this.until(until);
  }

  async until(words: string): Promise<string> {
    for (;;) {
      const news = this.#command.stdout.slice(this.#heard);
      const at = news.indexOf(words);
      const end = at < 0 ? -1 : news.indexOf('\n', at);
      if (end >= 0) {
        this.#heard += end + 1;
        return news.slice(0, end);
      }
      await Promise.race([
        new Promise((resolve) => setTimeout(resolve, 5)),
        this.#command.outcome.then(({ stdout, stderr }) => {
          throw new Error(`it ended without "${words}": ${stdout}${stderr}`);
        }),
      ]);
    }
  }

  async end() {
    this.#command.interrupt();
    return this.#command.outcome;
  }
}

const runsIn = ({ project }: Watched): number => project.query('SELECT id FROM run').length;

describe('run --watch', () => {
  test('runs what an edit changes, says why, and puts no run on record where there is nothing to do', async () => {
    const watched = new Watched();
    expect(await watched.until('; Ctrl-C ends')).toContain('2 ran');
    // A source, an input, a parameter.
    const bySource = await watched.edit('stages.ts', STAGES.replace('+ 0', '+ 1'), '; Ctrl-C ends');
    expect(bySource).toContain('stages.ts changed: 1 node\n');
    expect(bySource).toMatch(/1 up to date, 1 ran|1 ran/);
    const byInput = await watched.edit('text.txt', '123456', '; Ctrl-C ends');
    expect(byInput).toContain('text.txt changed: 1 node (in.text changed)\nafter these: 1 node');
    const byParameter = await watched.edit('params.yaml', 'by: 3\n', '; Ctrl-C ends');
    expect(byParameter).toContain('params.yaml changed: 1 node (param.by 2 -> 3)\n');
    expect(byParameter).toContain('19');
    expect(runsIn(watched)).toBe(4);
    // A comment and the text as it was: no run.
    await watched.edit('stages.ts', `${STAGES.replace('+ 0', '+ 1')}// more\n`, 'stages.ts changed: nothing to run');
    expect(runsIn(watched)).toBe(4);
    expect(await watched.end()).toMatchObject({ code: 0, stderr: '' });
  });

  test('waits while the definition is broken, and goes on when it is corrected', async () => {
    const watched = new Watched();
    await watched.until('; Ctrl-C ends');
    await watched.edit('stages.ts', 'export const = 1;', '; Ctrl-C ends');
    await watched.edit('index.ts', PIPELINE.replace('./stages.ts', './steps.ts'), '; Ctrl-C ends');
    // The file that it asks for appears.
    const corrected = await watched.edit('steps.ts', STAGES.replace('+ 0', '+ 7'), '; Ctrl-C ends');
    expect(corrected).toContain('1 ran');
    const { code, stderr } = await watched.end();
    expect(code).toBe(0);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^restage: stages\.ts:1:14 does not parse: .*\.$/),
      expect.stringMatching(/^restage: .*steps\.ts.*\.$/),
    ]);
  });

  test('ends with the exit code of the last round', async () => {
    const watched = new Watched();
    await watched.until('; Ctrl-C ends');
    await watched.edit(
      'stages.ts',
      STAGES.replace('* params.by', '* fail()').concat('const fail = () => { throw new Error("no"); };'),
      '; Ctrl-C ends',
    );
    const again = await watched.edit('text.txt', '1', '; Ctrl-C ends');
    expect(again).toContain('text.txt changed: 1 node (in.text changed)\n');
    expect((await watched.end()).code).toBe(1);
  });

  test('prints events of the watch between those of the runs with --json', async () => {
    const watched = new Watched('--json', '--poll');
    await watched.until('"watch-waiting"');
    await watched.edit('text.txt', '1', '"watch-waiting"');
    await watched.edit('index.ts', 'export default 1;', '"watch-waiting"');
    const { code, stdout } = await watched.end();
    expect(code).toBe(2);
    const types = stdout
      .trimEnd()
      .split('\n')
      .map((line) => {
        const value: unknown = JSON.parse(line);
        expect(DOCUMENTS['run --watch'].safeParse(value).error?.message).toBeUndefined();
        return (value as { readonly type: string }).type;
      });
    expect(types.filter((type) => /^(watch-|run-(started|report))/.test(type))).toEqual([
      'run-started',
      'run-report',
      'watch-waiting',
      'watch-planned',
      'run-started',
      'run-report',
      'watch-waiting',
      'watch-broken',
      'watch-waiting',
    ]);
  });

  test('does not wait for a pipeline that is not there, and excludes a dry run', async () => {
    const project = makeInProcessProject();
    const nowhere = await project.restage(['run', 'nowhere', '--watch']);
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('There is no pipeline at nowhere')]);
    expect((await project.restage(['run', '.', '--watch', '-n'])).stderr).toContain('exclude each other');
    expect((await project.restage(['run', '.', '--poll'])).stderr).toContain('give --watch too');
  });
});

/**
 * A pipeline that holds wherever a test wants it to, and those who hear of its runs: for tests of `status --watch`.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type * as Built from '../../src/cli/main.ts';
import type { RunEvent } from '../../src/events.ts';
import { builtModule } from './built.ts';
import { Command } from './command.ts';
import { eventually } from './eventually.ts';
import type { ProjectDirectory } from './project-directory.ts';
import { type RunResult, runResultOf } from './run-result.ts';

const { main } = (await import(builtModule('cli/main.ts'))) as typeof Built;

/** Three in a row; each tallies its execution, says something, and holds until its gate is open. */
export const PIPELINE = `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
import { pass, tally } from './lab.ts';

export const step = stage({
  name: 'lab/step',
  params: z.strictObject({ id: z.int(), fails: z.boolean() }),
  inputs: { above: json<number>() },
  outputs: { x: json<number>() },
  async run({ params: { id, fails }, inputs, signal, log, metric }) {
    tally(String(id));
    log('step ' + id + ' says Grüße');
    metric('id', id);
    metric('gap', 0 / 0);
    await pass('gate-' + id, signal);
    if (fails) throw new Error('it was told to');
    return { x: (await inputs.above.read()) + id };
  },
});

export const first = stage({
  name: 'lab/first',
  params: z.strictObject({}),
  inputs: {},
  outputs: { x: json<number>() },
  run: () => ({ x: 0 }),
});

export default pipeline({
  name: 'watched',
  params: z.strictObject({ fails: z.boolean().default(false) }),
  build(p, { fails }) {
    let { x } = p.add(first, { params: {}, executor: 'in-process' }).out;
    for (let id = 1; id <= 3; id++)
      x = p.add(step, { key: { id }, params: { id, fails: fails && id === 3 }, inputs: { above: x }, executor: 'in-process' }).out.x;
    return { x };
  },
});
`;

/** Gives a project the pipeline, with some of its gates open. */
export function holding<P extends ProjectDirectory>(project: P, ...gates: readonly number[]): P {
  project.write('index.ts', PIPELINE);
  for (const gate of gates) project.open(`gate-${gate}`);
  return project;
}

/** A command line that goes on in this process while the test does; stages find the gates of its project. */
export class Going {
  readonly result: Promise<RunResult>;
  readonly #command: Command;
  #isOver = false;

  constructor(project: ProjectDirectory, args: readonly string[]) {
    mkdirSync(project.beside('gates'), { recursive: true });
    setVariable('LAB_TALLY', project.beside('tally'));
    setVariable('LAB_GATES', project.beside('gates'));
    this.#command = new Command(args, { cwd: project.root }, main);
    this.result = this.#command.outcome.then((outcome) => runResultOf({ ...outcome, signal: null }));
    const over = (): void => void (this.#isOver = true);
    void this.result.then(over, over);
    // A test that failed may have left it going.
    onTestFinished(() => (this.#isOver ? undefined : this.#command.interrupt()));
  }

  /** Resolves once it has told this event. @throws if it ends before */
  async event(matches: (event: RunEvent) => boolean): Promise<RunEvent> {
    const told = (): RunResult => runResultOf({ code: null, signal: null, stdout: this.#command.stdout, stderr: '' });
    let found: RunEvent | undefined;
    await this.#until(() => (found = told().events.find(matches)) !== undefined);
    return found!;
  }

  /** Resolves once standard output has these words. @throws if it ends before */
  async said(words: string): Promise<void> {
    await this.#command.said(words);
  }

  /** Resolves once standard error has these words. @throws if it ends before */
  async complaint(words: string): Promise<void> {
    await this.#until(() => this.#command.stderr.includes(words));
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.#command.interrupt();
  }

  async #until(holds: () => boolean): Promise<void> {
    await eventually(() => holds() || this.#isOver);
    if (!holds()) throw new Error(`it ended before: ${this.#command.stdout}${this.#command.stderr}`);
  }
}

/** Sets it for the rest of the test. */
function setVariable(name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  onTestFinished(() => {
    if (before === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before;
  });
}

export function run(project: ProjectDirectory, args: readonly string[] = []): Going {
  return new Going(project, ['run', project.root, '--reporter', 'json', '--cache', project.cache, ...args]);
}

export function watch(project: ProjectDirectory, args: readonly string[] = []): Going {
  return new Going(project, ['status', '--watch', '--json', '--cache', project.cache, ...args]);
}

/** Whoever hears of a run: the process that makes it, or one that watches. */
interface Hearing {
  event(matches: (event: RunEvent) => boolean): Promise<unknown>;
}

/** Waits until a step holds at its gate. */
export async function started(hearing: Hearing, id: number): Promise<void> {
  await hearing.event((event) => event.type === 'node-metric' && event.value === id);
}

/** Waits until the run can be watched. */
export async function watchable(project: ProjectDirectory): Promise<void> {
  await eventually(() => liveFiles(project).length > 0);
}

export function liveFiles(project: ProjectDirectory): readonly string[] {
  const directory = join(project.cache, 'live');
  return existsSync(directory) ? readdirSync(directory).toSorted() : [];
}

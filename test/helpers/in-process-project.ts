/**
 * A user's project whose command lines run in the test's own process: the same output and exit codes as `project.ts` gives,
 * in a tenth of the time. Stages find their tally and gates in this process's environment, so one runs at a time: no
 * concurrent tests, and pipelines whose nodes all execute in-process.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type * as Built from '../../src/cli/main.ts';
import { builtModule } from './built.ts';
import { Command } from './command.ts';
import { disposableDirectory } from './disposable.ts';
import { furnish, ProjectDirectory } from './project-directory.ts';
import { type Finished, type RunResult, runResultOf } from './run-result.ts';

// As it was built: the pipelines of a project import the built restage, and its errors have to be the same classes.
const { main } = (await import(builtModule('cli/main.ts'))) as typeof Built;

/** Makes a project out of a folder of `test/e2e/fixtures`; it is gone after the file's tests. */
export function makeInProcessProject(fixture?: string): InProcessProject {
  return furnish(new InProcessProject(join(disposableDirectory('restage-project-'), 'project')), fixture);
}

interface Start {
  readonly cwd?: string;
}

export class InProcessProject extends ProjectDirectory {
  /** Runs the command line to its end. */
  async restage(args: readonly string[], { cwd = this.root }: Start = {}): Promise<Finished> {
    mkdirSync(this.beside('gates'), { recursive: true });
    const before = { ...process.env };
    Object.assign(process.env, { LAB_TALLY: this.beside('tally'), LAB_GATES: this.beside('gates') });
    try {
      const { code, stdout, stderr } = await new Command(args, { cwd }, main).outcome;
      return { code, signal: null, stdout, stderr };
    } finally {
      for (const name of ['LAB_TALLY', 'LAB_GATES'])
        if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = before[name];
    }
  }

  /** `restage run` with the events read. */
  async run(args: readonly string[] = [], start: Start = {}): Promise<RunResult> {
    const words = ['run', this.root, '--reporter', 'json', '--cache', this.cache, ...args];
    return runResultOf(await this.restage(words, start));
  }
}

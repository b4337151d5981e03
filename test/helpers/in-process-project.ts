/**
 * A user's project whose command lines run in the test's own process: the same output and exit codes as `project.ts`
 * gives, in a tenth of the time. Stages find their tally and gates in this process's environment, so one runs at a
 * time: no concurrent tests, and pipelines whose nodes all execute in-process.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type * as Built from '../../src/cli/main.ts';
import { builtModule } from './built.ts';
import { Command } from './command.ts';
import { disposableDirectory } from './disposable.ts';
import { copyKnownPackages } from './known-record.ts';
import { furnish, ProjectDirectory } from './project-directory.ts';
import { type Finished, type RunResult, runResultOf } from './run-result.ts';

// As it was built: the pipelines of a project import the built restage, and its errors have to be the same classes.
const { main } = (await import(builtModule('cli/main.ts'))) as typeof Built;

/** Makes a project out of a folder of `test/e2e/fixtures`; it is gone after the file's tests. */
export function makeInProcessProject(fixture?: string): InProcessProject {
  return furnish(new InProcessProject(join(disposableDirectory('restage-project-'), 'project')), fixture);
}

/** An empty directory for runs of the reference pipeline where it is, as `makeReferenceProject` makes one. */
export function makeInProcessReferenceProject(): InProcessProject {
  const project = new InProcessProject(join(disposableDirectory('restage-reference-'), 'project'));
  copyKnownPackages(project.cache);
  return project;
}

/** A project whose other command lines are processes of their own. */
export function inThisProcess({ root, cache }: ProjectDirectory): InProcessProject {
  const project = new InProcessProject(root);
  project.cache = cache;
  return project;
}

interface Start {
  readonly cwd?: string;
  /** Variables of this process while it runs; undefined: it has none of this name. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Standard output is a terminal of so many columns. */
  readonly columns?: number;
}

export class InProcessProject extends ProjectDirectory {
  /** Runs the command line to its end. */
  async restage(args: readonly string[], { cwd = this.root, env = {}, columns }: Start = {}): Promise<Finished> {
    mkdirSync(this.beside('gates'), { recursive: true });
    const before = { ...process.env };
    const given = { LAB_TALLY: this.beside('tally'), LAB_GATES: this.beside('gates'), ...env };
    setVariables(given);
    try {
      const { code, stdout, stderr } = await new Command(
        args,
        { cwd, ...(columns === undefined ? {} : { columns }) },
        main,
      ).outcome;
      return { code, signal: null, stdout, stderr };
    } finally {
      setVariables(Object.fromEntries(Object.keys(given).map((name) => [name, before[name]])));
    }
  }

  /** `restage run` with the events read. */
  async run(args: readonly string[] = [], start: Start = {}): Promise<RunResult> {
    return this.runOf(['run', this.root, '--reporter', 'json', '--cache', this.cache, ...args], start);
  }

  /** A whole command line that runs, with `--reporter json` among its words. */
  async runOf(args: readonly string[], start: Start = {}): Promise<RunResult> {
    return runResultOf(await this.restage(args, start));
  }
}

function setVariables(values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values))
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
}

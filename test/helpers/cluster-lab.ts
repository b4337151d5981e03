/**
 * Runs of the pipeline `cluster` with the jobs of a batch system, and what its parts tell in the folder that they
 * share.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Live, makeProject, type Project } from './project.ts';

export class ClusterLab {
  readonly project: Project = makeProject('cluster');
  readonly #executor: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #directory: string;

  constructor(executor: string, env: NodeJS.ProcessEnv) {
    this.#executor = executor;
    this.#env = env;
    this.#directory = this.project.beside('lab');
    this.#prepare();
  }

  async run(...args: readonly string[]) {
    return (await this.begin(...args)).result;
  }

  begin(...args: readonly string[]): Promise<Live> {
    return this.project.startRun([...this.#words(args), '--executor', this.#executor], { env: this.#env });
  }

  /** On this machine alone. */
  local(...args: readonly string[]) {
    return this.project.run(this.#words(args));
  }

  open(i: number): void {
    writeFileSync(join(this.#directory, `gate-${i}`), '');
  }

  /** Begins with another cache, and without traces. */
  startOver(cache: string): void {
    this.project.cache = this.project.beside(cache);
    rmSync(this.#directory, { recursive: true });
    this.#prepare();
  }

  /** Which parts have begun to execute, as often as they have. */
  tally(): readonly string[] {
    return readFileSync(join(this.#directory, 'tally'), 'utf8').split('\n').slice(0, -1).sort();
  }

  async begun(count: number): Promise<void> {
    while (this.tally().length < count) await pause(50);
  }

  /** The directories of the units that were ever submitted. */
  units(): readonly string[] {
    const directory = join(this.project.cache, 'batch');
    return readdirSync(directory).map((name) => join(directory, name));
  }

  facts() {
    if (!existsSync(this.project.cache)) throw new Error('there is no cache yet');
    return { stateKeys: this.project.stateKeys(), outputs: this.project.outputs() };
  }

  /** A whole run, and the same one on this machine alone: the keys and the bytes are the same. */
  async expectSameAsHere(): Promise<void> {
    const { code, stderr, outcomes, report } = await this.run();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(Object.values(outcomes)).toEqual(['ran', 'ran', 'ran', 'ran']);
    expect(report?.results[0]).toMatchObject({ value: 5 });
    const there = this.facts();
    this.project.cache = this.project.beside('local');
    expect(await this.local()).toMatchObject({ code: 0 });
    expect(this.facts()).toEqual(there);
  }

  #prepare(): void {
    mkdirSync(this.#directory);
    appendFileSync(join(this.#directory, 'tally'), '');
  }

  #words(args: readonly string[]): readonly string[] {
    return ['-S', `lab=${this.#directory}`, ...args];
  }
}

/** A project whose nodes execute on a cluster, and a directory in which they leave traces and wait at gates. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Live, makeProject, type Project } from './project.ts';
import type { SlurmCluster } from './slurm.ts';

export class SlurmLab {
  readonly project: Project;
  readonly #cluster: SlurmCluster;
  readonly #directory: string;

  constructor(cluster: SlurmCluster) {
    this.#cluster = cluster;
    this.project = makeProject('cluster');
    this.#directory = this.project.beside('lab');
    this.#prepare();
  }

  async run(...args: readonly string[]) {
    return (await this.begin(...args)).result;
  }

  begin(...args: readonly string[]): Promise<Live> {
    return this.project.startRun([...this.#words(args), '--executor', 'slurm'], { env: this.#cluster.env });
  }

  /** On this machine alone. */
  local(...args: readonly string[]) {
    return this.project.run(this.#words(args));
  }

  open(i: number): void {
    writeFileSync(join(this.#directory, `gate-${i}`), '');
  }

  /** Begins with another cache, and no traces. */
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

  /** How many jobs Slurm was ever given. */
  async jobs(): Promise<number> {
    return (await this.#cluster.ask('squeue', '-h', '-t', 'all', '-o', '%i')).split('\n').filter(Boolean).length;
  }

  facts() {
    if (!existsSync(this.project.cache)) throw new Error('there is no cache yet');
    return { stateKeys: this.project.stateKeys(), outputs: this.project.outputs() };
  }

  #prepare(): void {
    mkdirSync(this.#directory);
    appendFileSync(join(this.#directory, 'tally'), '');
  }

  #words(args: readonly string[]): readonly string[] {
    return ['-S', `lab=${this.#directory}`, ...args];
  }
}

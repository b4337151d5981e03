/** The project that the mutations change: `fixtures/workshop`, with its package installed, run once. */
import { cpSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { disposableDirectory } from '../../helpers/disposable.ts';
import { InProcessProject } from '../../helpers/in-process-project.ts';
import { furnish } from '../../helpers/project-directory.ts';

const FIXTURE = fileURLToPath(new URL('fixtures/workshop', import.meta.url));

export class Workshop extends InProcessProject {
  readonly #kept = new Map<string, string>();

  /** @param cache where its runs are recorded; default: a cache of its own */
  static make(cache?: string): Workshop {
    const workshop = furnish(new Workshop(join(disposableDirectory('restage-workshop-'), 'project')));
    cpSync(FIXTURE, workshop.root, { recursive: true });
    renameSync(workshop.path('vendor/tiny'), workshop.path('node_modules/tiny'));
    workshop.#kept.clear();
    if (cache !== undefined) workshop.cache = cache;
    return workshop;
  }

  override write(file: string, content: string | Uint8Array): this {
    if (!this.#kept.has(file)) {
      const was = this.#readIfThere(file);
      if (was !== undefined) this.#kept.set(file, was);
    }
    return super.write(file, content);
  }

  /** Takes every edit back. */
  restore(): void {
    for (const [file, was] of this.#kept) super.write(file, was);
    this.#kept.clear();
  }

  /** Runs it, and returns the number of the run. */
  async number(...args: readonly string[]): Promise<number> {
    await this.make(['run', this.root, ...args]);
    return this.latest();
  }

  /** Any command line, with the project's cache. @throws Error if it fails */
  async make(words: readonly string[]): Promise<void> {
    const { code, stderr } = await this.restage([...words, '--cache', this.cache]);
    if (code !== 0) throw new Error(stderr);
  }

  /** The number of the latest run, or of the one with this tag. */
  latest(tag?: string): number {
    if (tag === undefined) return this.query<{ id: number }>('SELECT max(id) AS id FROM run')[0]!.id;
    const tagged = 'SELECT r.run AS id FROM run_tag r JOIN name n ON n.id = r.tag WHERE n.text = ?';
    return this.query<{ id: number }>(tagged, tag)[0]!.id;
  }

  #readIfThere(file: string): string | undefined {
    try {
      return this.read(file);
    } catch {
      return undefined;
    }
  }
}

/**
 * `run --watch`: what an edit takes until there is a plan for it. Each edit is written as an editor does, and the
 * watch's own lines say when it has planned. `--quick` takes few edits.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeAblationProject } from './ablation-project.ts';
import { goal, goalTable, type Measured } from './goals.ts';
import { spread } from './statistics.ts';

const MOST_MS = 200;
const PAUSE_MS = 200;
const LIGHT = fileURLToPath(new URL('../../pipelines/light', import.meta.url));

/** A pipeline, and the edit number `n` of one of its files. */
interface Subject {
  readonly name: string;
  readonly pipeline: string;
  readonly file: string;
  readonly edited: (text: string, n: number) => string;
}

const SUBJECTS: readonly Subject[] = [
  {
    name: '1,000 nodes, a parameter of one',
    pipeline: '.',
    file: 'settings.ts',
    edited: (_, n) => `export const LEAF = ${n};\n`,
  },
  {
    name: '1,000 nodes, the code of 999',
    pipeline: '.',
    file: 'stages.ts',
    edited: (text, n) => text.replace('about ninety bytes', `about ${90 + n} bytes`),
  },
  {
    name: 'pipelines/light, the code of a stage',
    pipeline: 'light',
    file: 'light/stages.ts',
    edited: (text, n) => text.replace('measurements kept', `measurements kept, ${n}`),
  },
];

export async function editsBench(options: readonly string[]): Promise<void> {
  const edits = options.includes('--quick') ? 5 : 20;
  const project = makeAblationProject();
  cpSync(LIGHT, join(project.directory, 'light'), { recursive: true });
  try {
    const measured: Measured[] = [];
    for (const subject of SUBJECTS) {
      const words = [...project.restage.slice(1), 'run', subject.pipeline, '--watch', '--json'];
      const { directory: cwd } = project;
      const watch = new Watch(spawn(process.execPath, words, { cwd, stdio: ['ignore', 'pipe', 'inherit'] }));
      const plans: Planned[] = [];
      await watch.until('watch-waiting');
      const path = join(project.directory, subject.file);
      const text = readFileSync(path, 'utf8');
      for (let n = 1; n <= edits; n++)
        plans.push(await watch.planFor(() => writeFileSync(path, subject.edited(text, n))));
      writeFileSync(path, text);
      await watch.end();
      const of = (what: string, unit: keyof Planned): Measured => ({
        goal: goal('watch', `${subject.name}: ${what}`, ' ms', MOST_MS, 100),
        wall: spread(plans.map((plan) => plan[unit])),
      });
      console.log(
        subject.name,
        plans.map(({ clockMs, plannedMs, cpuMs }) => [clockMs, plannedMs, cpuMs].map(Math.round).join('/')).join(' '),
      );
      measured.push(of('edit to plan, clock', 'clockMs'), of('noticed to plan, clock', 'plannedMs'));
      if (existsSync('/proc/self/stat')) measured.push(of('edit to plan, processor', 'cpuMs'));
    }
    console.log(`\nMedians of ${edits} edits, with their middle half.\n${goalTable(measured)}`);
  } finally {
    rmSync(project.directory, { recursive: true, force: true });
  }
}

/** What one edit took until its plan, in milliseconds. */
interface Planned {
  readonly clockMs: number;
  /** As the watch says it: from the moment at which it noticed the edit. */
  readonly plannedMs: number;
  /** Processor time of the watching process, in steps of 10 ms. */
  readonly cpuMs: number;
}

class Watch {
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(child: ChildProcessByStdio<null, Readable, null>) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** The next line of this type. @throws if the watch ends, or an edit cannot be planned for or changes nothing */
  async until(type: string): Promise<Readonly<Record<string, unknown>>> {
    for (;;) {
      const next = await this.#lines.next();
      const isOver = next.done === true;
      const line = isOver ? { type: 'end' } : (JSON.parse(next.value) as Readonly<Record<string, unknown>>);
      if (isOver || line['type'] === 'watch-broken' || line['runs'] === false)
        throw new Error(`The watch says ${JSON.stringify(line)} where ${type} was awaited.`);
      if (line['type'] === type) return line;
    }
  }

  async planFor(edit: () => void): Promise<Planned> {
    // An edit at once would be found before the watch begins to wait.
    await setTimeout(PAUSE_MS);
    const [began, cpu] = [performance.now(), this.#cpuMs()];
    edit();
    const { seconds } = await this.until('watch-planned');
    const planned = {
      clockMs: performance.now() - began,
      plannedMs: 1000 * (seconds as number),
      cpuMs: this.#cpuMs() - cpu,
    };
    await this.until('watch-waiting');
    return planned;
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGINT');
    await ended;
  }

  #cpuMs(): number {
    const stat = readIfThere(`/proc/${this.#child.pid}/stat`);
    // After the name in parentheses: user and system time are the 12th and the 13th, in hundredths of a second.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return stat === '' ? Number.NaN : 10 * (Number(fields[11]) + Number(fields[12]));
  }
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'latin1') : '';
}

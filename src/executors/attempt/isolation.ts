/**
 * What separates the attempts of one process. Each has an instance of its stage's modules to itself; what it leaves
 * behind in the parts that all code shares is found when it ends, and then undone or ended with its process.
 */
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { Task } from '../contract.ts';
import type { Left } from './belongings.ts';
import { Realm } from './realm/realm.ts';

/** What was found when an attempt ended. */
export interface Findings {
  /** Sentences for the attempt's log. */
  readonly notes: readonly string[];
  /** Why the attempt fails, if its traces cannot be undone where it executed. */
  readonly fault: string | undefined;
}

export interface Isolation {
  /** Before an attempt loads any code of its stage. */
  enter(task: Task): void;
  /** After its module, and so the packages that it imports, have been loaded. */
  imported(task: Task): void;
  /**
   * Whenever code of the stage has run, before restage's own does anything: puts back what it has replaced for all, so
   * that no output and no report is made with it.
   */
  putBack(task: Task): void;
  /**
   * Between a stage's return and its attempt's end: what is about to happen happens before it is looked at. Undefined
   * if there is nothing to wait for.
   */
  settle(task: Task): Promise<void> | undefined;
  leave(task: Task, left: Left): Findings;
}

/** In a worker process, which is replaced when something is left that cannot be stopped. */
export class WorkerIsolation implements Isolation {
  readonly #realm = new Realm();
  readonly #replace: () => void;
  #resources: readonly string[] = [];
  #backend: string | null = null;

  /** @param replace called when this process must take no further task */
  constructor(replace: () => void) {
    this.#replace = replace;
  }

  enter({ harmless, backend }: Task): void {
    this.#resources = process.getActiveResourcesInfo();
    // Between attempts only a backend changes what is shared: when it is opened.
    if (harmless === true) this.#realm.rememberCore();
    else if (!this.#realm.isRemembered || backend !== this.#backend) this.#realm.remember();
    this.#backend = backend;
  }

  imported({ harmless }: Task): void {
    if (harmless !== true) this.#realm.acceptPackages();
  }

  putBack({ harmless }: Task): void {
    this.#realm.putBack(harmless === true);
  }

  settle({ harmless }: Task): Promise<void> | undefined {
    return harmless === true && this.#unfinished().length === 0 ? undefined : this.#wait();
  }

  async #wait(): Promise<void> {
    await turn();
    // What is being closed, or written, needs a moment.
    for (let waited = 0; waited < PATIENCE && this.#unfinished().length > 0; waited++) await sleep(1);
  }

  leave(task: Task, left: Left): Findings {
    const notes = [...stopped(task, left)];
    const changes = this.#realm.takeChanges(task.harmless === true);
    // Though most is put back: a package may have kept what was replaced.
    if (changes.length > 0)
      notes.push(
        `Stage ${task.stage} changed ${listOf(changes.map(({ name }) => name))} for all code of its process; the worker process is replaced, so that no other node sees it.`,
      );
    // What was stopped is gone a moment later, and may be missed by a package that other attempts share.
    const unfinished = notes.length > 0 ? [] : this.#unfinished();
    if (unfinished.length > 0)
      notes.push(
        `Stage ${task.stage} ended with work unfinished (${listOf(unfinished)}); its worker process is ended, and the work with it.`,
      );
    if (notes.length > 0) this.#replace();
    return { notes, fault: undefined };
  }

  /** The kinds of resources that keep this process alive beyond those it had before the attempt. */
  #unfinished(): readonly string[] {
    const now = process.getActiveResourcesInfo();
    if (now.length <= this.#resources.length && now.every((kind, i) => kind === this.#resources[i])) return [];
    const before = [...this.#resources];
    return now.filter((kind) => {
      // Timers are belongings; those that remain here are restage's.
      if (kind === 'Timeout' || kind === 'Immediate') return false;
      const at = before.indexOf(kind);
      if (at !== -1) before.splice(at, 1);
      return at === -1;
    });
  }
}

/** In restage's own process, where what can be put back is put back. */
export class InProcessIsolation implements Isolation {
  readonly #realm = new Realm();

  enter({ harmless }: Task): void {
    if (harmless === true) this.#realm.rememberCore();
    else this.#realm.remember();
  }

  imported({ harmless }: Task): void {
    if (harmless !== true) this.#realm.acceptPackages();
  }

  putBack({ harmless }: Task): void {
    this.#realm.putBack(harmless === true);
  }

  settle({ harmless }: Task): Promise<void> | undefined {
    return harmless === true ? undefined : turn();
  }

  leave(task: Task, left: Left): Findings {
    const notes = [...stopped(task, left)];
    const changes = this.#realm.takeChanges(task.harmless === true);
    const lasting = changes.filter(({ isUndone }) => !isUndone);
    if (lasting.length > 0)
      return {
        notes,
        fault: `Stage ${task.stage} changed ${listOf(lasting.map(({ name }) => name))} for all code of restage's own process, which cannot be undone; give its node the executor "worker".`,
      };
    if (changes.length > 0)
      notes.push(
        `Stage ${task.stage} changed ${listOf(changes.map(({ name }) => name))} for all code of restage's own process; it was put back, so that no other node sees it.`,
      );
    return { notes, fault: undefined };
  }
}

/** How many milliseconds it may take to end what a stage has begun to end. */
const PATIENCE = 50;
/** The most names in a sentence. */
const NAMED = 5;

function* stopped({ stage }: Task, { timers, listeners, threads, children }: Left): Generator<string> {
  const left = [
    [timers, 'a timer', 'timers', 'still set; stopped'],
    [listeners, 'a listener', 'listeners', 'on process; removed'],
    [threads, 'a thread', 'threads', 'still running; stopped'],
    [children, 'a child process', 'child processes', 'still running; killed'],
  ] as const;
  for (const [count, one, many, how] of left)
    if (count > 0)
      yield `Stage ${stage} ended with ${count === 1 ? one : `${count} ${many}`} ${how}, so that nothing runs after its end.`;
}

function listOf(names: readonly string[]): string {
  const unique = [...new Set(names)];
  const shown = unique.slice(0, NAMED).join(', ');
  return unique.length > NAMED ? `${shown} and ${unique.length - NAMED} more` : shown;
}

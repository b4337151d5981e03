/**
 * What one attempt has reached besides its inputs. The observers call `note`. The first time, a look at the stack tells
 * who did it and where; after that, the same thing is only counted.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Access,
  type AccessKind,
  type Effect,
  EFFECTS,
  undeclaredSentence,
  WHOLE_ENVIRONMENT,
} from '../../../core/authoring/access.ts';
import type { Task } from '../../contract.ts';
import { builtinOf, type Caller, callerOf, callSites } from './caller.ts';
import { FileAccess, type ObservedPlace } from './file-access.ts';
import { Loads } from './loads.ts';
import { type Source, source } from './source.ts';

const observing = new AsyncLocalStorage<Observation | undefined>();
/** Calls of observed functions that are in progress: what these call in turn is part of them. */
let depth = 0;

/** The observation that the running code belongs to; undefined for code that is not a stage's. */
export function observation(): Observation | undefined {
  return depth > 0 ? undefined : observing.getStore();
}

/** Restage's own work inside a stage's call. */
export function privately<T>(work: () => T): T {
  return observing.run(undefined, work);
}

/** Runs an observed function, whose own calls are not observed again. */
export function within<T>(work: () => T): T {
  depth += 1;
  try {
    return work();
  } finally {
    depth -= 1;
  }
}

/** Of one kind, so many are recorded one by one; the others are counted together. */
const MOST_OF_KIND = 20;
/** So many stacks are looked at, for each source and in all. */
const MOST_LOOKS = 32;
const MOST_LOOKS_IN_ALL = 2000;

interface Known {
  /** Null for something that needs no telling. */
  readonly access: { count: number } | null;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class Observation {
  readonly task: Task;
  readonly files: FileAccess;
  readonly #projectRoot: string;
  readonly #tell: (access: Access, sentence: string) => void;
  readonly #known = new Map<string, Known>();
  readonly #accesses: Mutable<Access>[] = [];
  /** How often something was reached that only Node, a package or restage itself has reached so far. */
  readonly #excused = new Map<string, number>();
  readonly #written = new Set<string>();
  #looks = 0;
  #wholeEnvironment = false;
  #isOpen = true;

  /** `tell` hears of each thing that is not declared, once. */
  constructor(task: Task, place: ObservedPlace, tell: (access: Access, sentence: string) => void) {
    this.task = task;
    this.#projectRoot = place.projectRoot;
    this.#tell = tell;
    this.files = new FileAccess(task, place);
  }

  /** Runs code of the stage. */
  during<T>(work: () => T): T {
    return observing.run(this, work);
  }

  /** Modules are loaded once in a process: what they reached then counts for all whom they serve. */
  loaded(): void {
    privately(() => {
      for (const { source: reached, caller } of Loads.of(this.task)) this.#record(reached, caller);
    });
  }

  /** Everything that was reached so far, each with its count. */
  get accesses(): readonly Access[] {
    return this.#accesses.map((access) => ({ ...access }));
  }

  /** After this, nothing is observed: the attempt has ended. */
  close(): void {
    this.#isOpen = false;
  }

  note(reached: Source): void {
    if (!this.#isOpen) return;
    const known = this.#known.get(reached.key);
    if (known === undefined) this.#look(reached);
    else if (known.access !== null && reached.counts !== false) known.access.count += 1;
  }

  /** The stage itself has set this variable, so its value comes from nowhere else. */
  wrote(name: string): void {
    this.#written.add(name);
  }

  readsEnvironment(name: string): void {
    if (this.#written.has(name) || (this.#wholeEnvironment && !this.#known.has(`env ${name}`))) return;
    this.note(source('env', name, `process.env.${name}`));
  }

  listsEnvironment(): void {
    this.note(source('env', WHOLE_ENVIRONMENT, 'process.env'));
    this.#wholeEnvironment = this.#known.get(`env ${WHOLE_ENVIRONMENT}`)?.access != null;
  }

  #look(reached: Source): void {
    const excused = this.#excused.get(reached.key) ?? 0;
    const isDue = excused < MOST_LOOKS || (excused & (excused - 1)) === 0;
    if (this.#looks >= MOST_LOOKS_IN_ALL) {
      this.#count(reached);
      return;
    }
    if (!isDue) {
      this.#excused.set(reached.key, excused + 1);
      return;
    }
    this.#looks += 1;
    const sites = callSites();
    privately(() => {
      // Node asks for a variable of its own whenever a module is loaded: who loads it need not be found.
      if (isNodesOwn(reached, builtinOf(sites))) {
        this.#excused.set(reached.key, excused + 1);
        return;
      }
      const caller = callerOf(sites, this.#projectRoot);
      if (this.#isExcused(reached, caller)) this.#excused.set(reached.key, excused + 1);
      else {
        const told = withLoader(reached, caller);
        if (caller.isLoading) Loads.add(this.task, told, caller);
        this.#record(told, caller);
      }
    });
  }

  #record(reached: Source, caller: Pick<Caller, 'place'>): void {
    if (this.#known.has(reached.key)) return;
    const { kind, detail, call, key } = reached;
    if (this.#isAnInput(reached)) {
      this.#known.set(key, { access: null });
      return;
    }
    if (this.#accesses.filter((access) => access.kind === kind).length >= MOST_OF_KIND) {
      this.#count(reached);
      return;
    }
    const declared = this.#isDeclared(reached);
    const access = { kind, detail, call, place: caller.place, declared, count: reached.counts === false ? 0 : 1 };
    this.#add(key, access);
  }

  /** One more of a kind that has many. */
  #count(reached: Source): void {
    const { kind } = reached;
    const key = `${kind} ...`;
    const known = this.#known.get(key);
    if (known?.access != null) {
      known.access.count += 1;
      return;
    }
    const declared = this.#isDeclared(reached);
    this.#add(key, { kind, detail: 'and others', call: reached.call, place: null, declared, count: 1 });
  }

  #add(key: string, access: Access): void {
    this.#known.set(key, { access });
    this.#accesses.push(access);
    if (!access.declared) this.#tell({ ...access }, undeclaredSentence(this.task.stage, access));
  }

  /** Its value or content is in the key. */
  #isAnInput({ kind, detail }: Source): boolean {
    if (kind === 'env') return this.task.declares.env.includes(detail);
    return kind === 'file' && this.files.isInput(detail);
  }

  #isDeclared({ kind, detail }: Source): boolean {
    const { effects } = this.task.declares;
    if (kind === 'env' && detail === WHOLE_ENVIRONMENT) return effects.includes('host');
    return (EFFECTS as readonly string[]).includes(kind) && effects.includes(kind as Effect);
  }

  /** Not the stage's doing: Node and restage reach what they need, and a package its own files. */
  #isExcused({ kind, detail }: Source, { builtin, owner }: Caller): boolean {
    if (kind === 'file' && builtin !== null && LOADER.test(builtin)) return this.files.isModule(detail);
    if (owner === null) return false;
    switch (owner.type) {
      case 'restage':
        return !owner.reader;
      case 'package':
        // The key has the digest of the library that computes.
        if (this.task.backend !== null && owner.name.startsWith('@tensorflow/')) return true;
        return kind === 'file' && this.files.isInside(detail, owner.directory);
      case 'project':
        return false;
    }
  }
}

function isNodesOwn({ kind }: Source, builtin: string | null): boolean {
  return builtin !== null && INTERNAL[kind].test(builtin);
}

/** Code that loads a file of the project as a module names no function of the file system. */
function withLoader(reached: Source, { builtin }: Caller): Source {
  if (reached.kind !== 'file' || builtin === null || !LOADER.test(builtin)) return reached;
  return { ...reached, call: builtin.includes('/esm/') ? 'import' : 'require' };
}

const LOADER = /^node:internal\/modules\//;
/** All but what calls a function that it was given, as `promisify` does. */
const OWN_ACCOUNT = /^node:(?!internal\/util$)/;
/** Node's own modules that reach something on their own account, or because of a call that was observed before. */
const INTERNAL: Readonly<Record<AccessKind, RegExp>> = {
  file: /^node:internal\/(process|bootstrap|main|source_map|fs\/(rimraf|cp|glob))/,
  env: /^node:/,
  clock: OWN_ACCOUNT,
  // `crypto.getRandomValues`, which cannot be replaced, calls the one of Web Crypto.
  entropy: /^node:(?!internal\/util$|crypto$)/,
  // What `fetch` does later.
  network: /^node:internal\/deps\/undici/,
  subprocess: /^node:internal\/(process|bootstrap|main)/,
  native: /^node:internal\/(process|bootstrap|main)/,
  host: OWN_ACCOUNT,
};

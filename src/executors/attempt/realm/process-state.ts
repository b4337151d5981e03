/**
 * What belongs to a process and not to an object: environment variables, the working directory, the file mode mask, the
 * title, the exit code.
 */
import type { Change } from './change.ts';

interface Difference {
  readonly name: string;
  /** @returns whether that was possible */
  readonly restore: () => boolean;
}

export class ProcessState {
  readonly #env: ReadonlyMap<string, string>;
  readonly #directory = process.cwd();
  readonly #umask = umask();
  readonly #title = process.title;
  readonly #exitCode = process.exitCode;

  constructor() {
    this.#env = new Map(Object.entries(process.env) as [string, string][]);
  }

  /** Puts back what differs now. */
  putBack(): readonly Change[] {
    return this.#differences().map(({ name, restore }) => ({ name, isUndone: restore() }));
  }

  /** The names of what differs now. */
  names(): readonly string[] {
    return this.#differences().map(({ name }) => name);
  }

  #differences(): readonly Difference[] {
    const found: Difference[] = [];
    const { env } = process;
    let variables = 0;
    for (const name in env) {
      variables++;
      const before = this.#env.get(name);
      if (env[name] !== before) found.push(variable(name, before));
    }
    if (variables !== this.#env.size)
      for (const [name, before] of this.#env) if (!(name in env)) found.push(variable(name, before));
    const differs = (name: string, isEqual: boolean, put: () => void): void => {
      if (!isEqual) found.push({ name, restore: () => succeeds(put) });
    };
    differs('the working directory', directory() === this.#directory, () => process.chdir(this.#directory));
    differs('the file mode mask', umask() === this.#umask, () => process.umask(this.#umask));
    differs('process.title', process.title === this.#title, () => (process.title = this.#title));
    differs('process.exitCode', process.exitCode === this.#exitCode, () => (process.exitCode = this.#exitCode));
    return found;
  }
}

function variable(name: string, before: string | undefined): Difference {
  return {
    name: `process.env.${name}`,
    restore: () =>
      succeeds(() => {
        if (before === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = before;
      }),
  };
}

/** Written twice, for it cannot be read: no other thread here makes files at that time. */
function umask(): number {
  const mask = process.umask(0o077);
  process.umask(mask);
  return mask;
}

/** The working directory; undefined once it has been removed. */
function directory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

function succeeds(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

/**
 * The project that mutations change: `fixtures/world`, with its packages installed, and a way back after each change.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { disposableDirectory } from '../../helpers/disposable.ts';
import { InProcessProject } from '../../helpers/in-process-project.ts';
import { furnish } from '../../helpers/project-directory.ts';
import { CLI } from '../../helpers/project.ts';
import { type RunResult, runResultOf } from '../../helpers/run-result.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/world', import.meta.url));
const PACKAGES = ['tiny', 'deep', 'old', 'unused'];

/** How a mutation asks for its run: further arguments, and environment variables. */
export interface Circumstances {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

type Was =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly bytes: Buffer; readonly at: Date }
  | { readonly kind: 'link'; readonly to: string }
  | { readonly kind: 'folder'; readonly copy: string };

export function makeWorld(): World {
  const world = furnish(new World(join(disposableDirectory('restage-world-'), 'project')));
  cpSync(FIXTURE, world.root, { recursive: true });
  for (const name of PACKAGES) renameSync(world.path(`vendor/${name}`), world.path(`node_modules/${name}`));
  renameSync(world.path('vendor'), world.beside('vendor'));
  symlinkSync('../packages/kit', world.path('node_modules/kit'));
  world.write('package-lock.json', JSON.stringify(lockOf(world)));
  for (const file of ['package.json', 'package-lock.json']) world.age(file);
  world.accept();
  return world;
}

/** Integrities as a registry would give them; nothing may depend on whether they are true. */
function lockOf(world: World): unknown {
  const { packages } = JSON.parse(world.read('package-lock.json')) as {
    readonly packages: Readonly<Record<string, unknown>>;
  };
  const zod = packages['node_modules/zod'];
  const locked = PACKAGES.map((name): readonly [string, unknown] => {
    const { version, dependencies } = JSON.parse(world.read(`node_modules/${name}/package.json`)) as {
      version: string;
      dependencies?: unknown;
    };
    const integrity = `sha512-${Buffer.from(`${name}@${version}`).toString('base64')}`;
    return [`node_modules/${name}`, { version, integrity, ...(dependencies === undefined ? {} : { dependencies }) }];
  });
  return {
    name: 'world',
    lockfileVersion: 3,
    packages: {
      '': { name: 'world' },
      ...Object.fromEntries(locked),
      'node_modules/kit': { resolved: 'packages/kit', link: true },
      'packages/kit': { name: 'kit', version: '1.0.0' },
      'node_modules/zod': zod,
    },
  };
}

export class World extends InProcessProject {
  readonly #undo = new Map<string, Was>();
  /** Gives a rewritten file the modification time that it had, as some editors and archivers do. */
  keepTimes = false;

  /** Runs in this process; what other processes must see freshly, in a process of their own. */
  async execute({ args = [], env = {} }: Circumstances, anew: boolean): Promise<RunResult> {
    const words = ['run', this.root, '--reporter', 'json', '--cache', this.cache, ...args];
    if (anew) return this.#spawn(words, env);
    const before = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]));
    setEnvironment(env);
    try {
      return runResultOf(await this.restage(words));
    } finally {
      setEnvironment(before);
    }
  }

  /** Digests of the outputs that the nodes of the latest run have, as `node.output digest`. */
  latestOutputs(): Readonly<Record<string, string>> {
    const rows = this.query<{ output: string; digest: string }>(
      `SELECT node.text || '.' || o.text AS output, lower(hex(a.digest)) AS digest
       FROM visit v JOIN name node ON node.id = v.node JOIN state_output so ON so.state = v.state
       JOIN name o ON o.id = so.name JOIN artifact a ON a.id = so.artifact
       WHERE v.run = (SELECT max(id) FROM run) ORDER BY output`,
    );
    return Object.fromEntries(rows.map(({ output, digest }) => [output, digest]));
  }

  override write(file: string, content: string | Uint8Array): this {
    this.#keep(file);
    const was = this.keepTimes ? statSync(this.path(file), { throwIfNoEntry: false }) : undefined;
    super.write(file, content);
    if (was !== undefined) utimesSync(this.path(file), was.atime, was.mtime);
    return this;
  }

  append(file: string, text: string): this {
    return this.write(file, this.read(file) + text);
  }

  remove(file: string): this {
    this.#keep(file);
    rmSync(this.path(file), { recursive: true });
    return this;
  }

  move(from: string, to: string): this {
    this.#keep(from);
    this.#keep(to);
    mkdirSync(dirname(this.path(to)), { recursive: true });
    renameSync(this.path(from), this.path(to));
    return this;
  }

  /** Puts a symbolic link in the place of whatever is there. */
  link(file: string, target: string): this {
    this.#keep(file);
    rmSync(this.path(file), { recursive: true, force: true });
    symlinkSync(target, this.path(file));
    return this;
  }

  hardLink(file: string, existing: string): this {
    this.#keep(file);
    rmSync(this.path(file), { force: true });
    linkSync(this.path(existing), this.path(file));
    return this;
  }

  /** Copies a folder or file from beside the project, or from within it. */
  copy(from: string, to: string): this {
    this.#keep(to);
    rmSync(this.path(to), { recursive: true, force: true });
    mkdirSync(dirname(this.path(to)), { recursive: true });
    cpSync(existsSync(this.path(from)) ? this.path(from) : this.beside(from), this.path(to), { recursive: true });
    return this;
  }

  touch(file: string): this {
    const now = new Date();
    utimesSync(this.path(file), now, now);
    return this;
  }

  /** Writes the same bytes again, so that the file was changed just now. */
  rewrite(file: string): this {
    const path = this.path(file);
    if (existsSync(path) && statSync(path).isFile()) writeFileSync(path, readFileSync(path));
    return this;
  }

  /** Takes the files as they are for those to come back to. */
  accept(): void {
    this.#undo.clear();
  }

  /** Takes every change back, the latest first. Returns the files that were changed. */
  restore(): readonly string[] {
    const changed = [...this.#undo.keys()];
    for (const [file, was] of [...this.#undo].reverse()) {
      const path = this.path(file);
      rmSync(path, { recursive: true, force: true });
      if (was.kind === 'absent') continue;
      mkdirSync(dirname(path), { recursive: true });
      if (was.kind === 'link') symlinkSync(was.to, path);
      else if (was.kind === 'folder') cpSync(was.copy, path, { recursive: true, verbatimSymlinks: true });
      else {
        writeFileSync(path, was.bytes);
        utimesSync(path, was.at, was.at);
      }
    }
    this.#undo.clear();
    return changed;
  }

  #keep(file: string): void {
    if (this.#undo.has(file)) return;
    const path = this.path(file);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) this.#undo.set(file, { kind: 'absent' });
    else if (stat.isSymbolicLink()) this.#undo.set(file, { kind: 'link', to: readlinkSync(path) });
    else if (stat.isFile()) this.#undo.set(file, { kind: 'file', bytes: readFileSync(path), at: stat.mtime });
    else {
      const copy = join(disposableDirectory('restage-kept-'), 'folder');
      cpSync(path, copy, { recursive: true, verbatimSymlinks: true });
      this.#undo.set(file, { kind: 'folder', copy });
    }
  }

  #spawn(words: readonly string[], env: Circumstances['env']): RunResult {
    const hidden = /^(VITEST|NODE_OPTIONS$|NODE_ENV$|TEST$)/;
    const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !hidden.test(name)));
    try {
      const stdout = execFileSync(process.execPath, [CLI, ...words], {
        cwd: this.root,
        env: { ...own, ...env },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      return runResultOf({ code: 0, signal: null, stdout, stderr: '' });
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return runResultOf({ code: status, signal: null, stdout, stderr });
    }
  }
}

function setEnvironment(values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values))
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
}

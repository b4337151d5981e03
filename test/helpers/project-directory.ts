/**
 * A user's project in a temporary directory, its files, and the record of its runs read with SQLite. It starts no
 * process: `project.ts` adds the command line. Stages of the fixtures tally their executions in a file of their own,
 * outside of the record, so that what restage claims can be held against what happened.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import type { VisitOutcome } from '../../src/events.ts';
import { disposableDirectory } from './disposable.ts';
import { copyKnownPackages } from './known-record.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** Makes a project out of a folder of `test/e2e/fixtures`; it is gone after the file's tests. */
export function makeProjectDirectory(fixture?: string): ProjectDirectory {
  return furnish(new ProjectDirectory(join(disposableDirectory('restage-project-'), 'project')), fixture);
}

/** Gives a directory a package.json and the packages that pipelines import: restage and zod. */
export function linkPackages(root: string): void {
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'lab', private: true, type: 'module' }));
  const { packages } = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, unknown>>;
  };
  const zod = packages['node_modules/zod'];
  writeFileSync(
    join(root, 'package-lock.json'),
    JSON.stringify({ lockfileVersion: 3, packages: { '': { name: 'lab' }, 'node_modules/zod': zod } }),
  );
  mkdirSync(join(root, 'node_modules'));
  symlinkSync(REPOSITORY, join(root, 'node_modules/restage'));
  symlinkSync(join(REPOSITORY, 'node_modules/zod'), join(root, 'node_modules/zod'));
}

/** Gives a project its package.json, its packages and the files of a fixture. */
export function furnish<P extends ProjectDirectory>(project: P, fixture?: string): P {
  linkPackages(project.root);
  if (fixture !== undefined)
    cpSync(fileURLToPath(new URL(`../e2e/fixtures/${fixture}`, import.meta.url)), project.root, { recursive: true });
  project.age();
  copyKnownPackages(project.cache);
  return project;
}

export class ProjectDirectory {
  readonly root: string;
  /** Where runs keep their record by default. */
  cache: string;

  constructor(root: string) {
    this.root = root;
    this.cache = join(dirname(root), 'cache');
    mkdirSync(root, { recursive: true });
  }

  /** Removes the cache that every project starts with, so that its first run is that of a new user. */
  withoutCache(): this {
    rmSync(this.cache, { recursive: true, force: true });
    return this;
  }

  path(file: string): string {
    return join(this.root, file);
  }

  /** A path beside the project, outside of it. */
  beside(name: string): string {
    return join(dirname(this.root), name);
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  write(file: string, content: string | Uint8Array): this {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), content);
    return this;
  }

  /** Replaces text that must be there. */
  edit(file: string, from: string, to: string): this {
    const text = this.read(file);
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    return this.write(
      file,
      text.replace(from, () => to),
    );
  }

  /** Dates a file back, so that its digest may be remembered (files that were changed just now are always read). */
  age(file = 'package.json'): this {
    const at = new Date(Date.now() - 3_600_000);
    utimesSync(this.path(file), at, at);
    return this;
  }

  /** Names of what was executed since the last call, sorted: as the stages themselves tell it. */
  executed(): readonly string[] {
    const lines = this.tally();
    writeFileSync(this.beside('tally'), '');
    return lines.toSorted();
  }

  /** What was executed so far, in order. */
  tally(): readonly string[] {
    const file = this.beside('tally');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  }

  /** Makes the file that a stage waits for. */
  open(gate: string): void {
    mkdirSync(this.beside('gates'), { recursive: true });
    writeFileSync(join(this.beside('gates'), gate), '');
  }

  close(gate: string): void {
    rmSync(join(this.beside('gates'), gate), { force: true });
  }

  /** Reads the record. */
  query<Row>(sql: string, ...values: readonly unknown[]): readonly Row[] {
    const db = new Database(join(this.cache, 'state.db'), { readonly: true, fileMustExist: true });
    try {
      return db.prepare<unknown[], Row>(sql).all(...values);
    } finally {
      db.close();
    }
  }

  count(table: string): number {
    return this.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)[0]!.n;
  }

  /** Keys of all states, each with its stage, sorted. */
  stateKeys(): readonly string[] {
    return this.query<{ line: string }>(
      "SELECT n.text || ' ' || lower(hex(s.key)) AS line FROM state s JOIN name n ON n.id = s.stage ORDER BY line",
    ).map(({ line }) => line);
  }

  /** Digests of the outputs of every node's latest state, as `node.output digest`. */
  outputs(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.query<{ output: string; digest: string }>(
        `SELECT node.text || '.' || o.text AS output, lower(hex(a.digest)) AS digest
         FROM visit v JOIN name node ON node.id = v.node JOIN state_output so ON so.state = v.state
         JOIN name o ON o.id = so.name JOIN artifact a ON a.id = so.artifact ORDER BY v.run, output`,
      ).map(({ output, digest }) => [output, digest]),
    );
  }

  /** Outcomes of a run's visits by node, as recorded. */
  visits(run: number): Readonly<Record<string, VisitOutcome>> {
    return Object.fromEntries(
      this.query<{ node: string; outcome: VisitOutcome }>(
        'SELECT n.text AS node, o.name AS outcome FROM visit v JOIN name n ON n.id = v.node JOIN visit_outcome o ON o.id = v.outcome WHERE v.run = ? ORDER BY node',
        run,
      ).map(({ node, outcome }) => [node, outcome]),
    );
  }

  /** Files of the artifacts in the object store that some state has as an output. */
  objects(): readonly string[] {
    return this.query<{ digest: string }>(
      `SELECT DISTINCT lower(hex(a.digest)) AS digest FROM artifact a JOIN state_output o ON o.artifact = a.id
       WHERE a.place = 'object' ORDER BY digest`,
    ).map(({ digest }) => join(this.cache, 'objects', digest.slice(0, 2), digest.slice(2)));
  }

  /** What SQLite itself has to say against the record: nothing, if all is well. */
  complaints(): readonly unknown[] {
    return [
      ...this.query<{ integrity_check: string }>('PRAGMA integrity_check').filter((r) => r.integrity_check !== 'ok'),
      ...this.query('PRAGMA foreign_key_check'),
    ];
  }

  size(): number {
    return statSync(join(this.cache, 'state.db')).size;
  }
}

/**
 * A project in which stages reach things that they do not declare, and a worker that executes them: statements become a
 * stage, and what was observed comes back. For a test file in a process of its own.
 */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeEach } from 'vitest';
import type { Access } from '../../../src/core/authoring/access.ts';
import type { Declarations, Task } from '../../../src/executors/contract.ts';
import type * as Built from '../../../src/executors/worker/worker-executor.ts';
import { ExecutorBench } from '../../contracts/executor-bench.ts';
import { builtModule } from '../../helpers/built.ts';

const { WorkerExecutor } = (await import(builtModule('executors/worker/worker-executor.ts'))) as typeof Built;

const NONE: Declarations = { env: [], reads: [], effects: [], packages: [], strict: false };
export const PRELUDE = `
import fs, { createReadStream, readdirSync, statSync, mkdtempSync, mkdirSync, renameSync, rmSync, copyFileSync,
  symlinkSync, openSync, createWriteStream, readFile, realpathSync } from 'node:fs';
import * as allOfFs from 'node:fs';
import { promisify } from 'node:util';
import promises, { open as openPromised, readdir, mkdir, writeFile, access } from 'node:fs/promises';
import nodeProcess, { env as nodeEnv, hrtime } from 'node:process';
import os, { tmpdir, cpus } from 'node:os';
import { randomBytes, randomUUID, webcrypto } from 'node:crypto';
import { exec, execSync, spawnSync } from 'node:child_process';
import net from 'node:net';
import http from 'node:http';
import dns from 'node:dns';
import { Worker } from 'node:worker_threads';
import { performance as perf } from 'node:perf_hooks';
import { createRequire } from 'node:module';
import { join } from 'node:path';
const require = createRequire(import.meta.url);
`;

/** A string literal. */
export const ADDON = JSON.stringify(
  createRequire(import.meta.url).resolve('better-sqlite3/build/Release/better_sqlite3.node'),
);

export const bench = new ExecutorBench(builtModule);
export const { directory } = bench;
export const executor = new WorkerExecutor({
  cacheDirectory: bench.cacheDirectory,
  projectRoot: directory,
  workers: 1,
  onEvent: bench.onEvent,
});
afterAll(async () => {
  await executor.close();
  bench.remove();
});
beforeEach(() => {
  bench.forget();
});

mkdirSync(join(directory, 'node_modules/tiny'), { recursive: true });
writeFileSync(join(directory, 'package.json'), '{ "name": "lab" }');
writeFileSync(join(directory, 'calibration.json'), '{ "gain": 2 }');
mkdirSync(join(directory, 'tables/inner'), { recursive: true });
writeFileSync(join(directory, 'tables/inner/a.txt'), 'a');
symlinkSync(join(directory, 'calibration.json'), join(directory, 'linked.json'));
for (const name of ['tiny', 'lazy']) {
  mkdirSync(join(directory, 'node_modules', name), { recursive: true });
  writeFileSync(join(directory, 'node_modules', name, 'package.json'), `{ "name": "${name}", "main": "index.cjs" }`);
  writeFileSync(join(directory, 'node_modules', name, 'data.txt'), 'data');
  writeFileSync(join(directory, 'node_modules', name, 'inner.cjs'), 'module.exports = 1;');
  writeFileSync(
    join(directory, 'node_modules', name, 'index.cjs'),
    `const fs = require('node:fs'); const path = require('node:path');
     exports.own = fs.readFileSync(path.join(__dirname, 'data.txt'), 'utf8');
     exports.inner = require('./inner.cjs');
     exports.debug = process.env.${name.toUpperCase()}_DEBUG;
     exports.now = () => Date.now();
     exports.read = (file) => fs.readFileSync(file, 'utf8');`,
  );
}

/** Runs these statements as a stage, in the project's directory. */
export function taskOf(
  statements: string,
  declares: Partial<Declarations> = {},
  prelude = '',
  more: Partial<Task> = {},
): Task {
  const definition = `{ run: async ({ params, inputs, log, checkpoint, metric }) => { process.chdir(${JSON.stringify(directory)}); const dir = ${JSON.stringify(directory)}; ${statements}; return { out: 1 }; } }`;
  return bench.task(bench.module(definition, PRELUDE + prelude), { declares: { ...NONE, ...declares }, ...more });
}

export async function accessesOf(task: Task): Promise<readonly Access[]> {
  const { accesses } = await bench.succeed(executor, task);
  return accesses!;
}

/** `file calibration.json: readFileSync`. */
export async function reached(...args: Parameters<typeof taskOf>): Promise<readonly string[]> {
  return (await accessesOf(taskOf(...args))).map(({ kind, detail, call }) =>
    detail === call ? `${kind} ${detail}` : `${kind} ${detail}: ${call}`,
  );
}

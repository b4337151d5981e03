/**
 * `npm run fixture:tensorflow`: puts a real libtensorflow under the unmodified packages @tensorflow/tfjs-node and
 * tfjs-node-gpu, in a folder outside of this project, for the tests.
 *
 * Their install scripts download it from a cloud bucket that many machines cannot reach. npm's
 * tfjs-node-lambda-releases, a third party's repack, holds libtensorflow 1.15.0 for Linux on x64 with a binding that
 * the packages accept: good enough to test on, not to depend on. Both packages get that library, which is the CPU's: so
 * is seen what becomes of a GPU backend that finds no GPU.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  createReadStream,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { TENSORFLOW_FOLDER } from './tensorflow-fixture.ts';

const RELEASE = 'tfjs-node-lambda-releases@1.6.1';
const RELEASE_SHA256 = 'b7c30d059063526e0adb372652870685c573dacf04107ee57abe37c8d8b6d011';
const MEMBER = 'package/nodejs12.x-tf2.7.0.br';
const PACKAGES = ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'];
const VERSION = '4.22.0';

/** Longer than any fetching takes: what is older and unfinished was left by one that was killed. */
const STALE_MS = 3_600_000;

// What is started here is stopped, and what is unfinished removed.
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  // More than once: `timeout` sends its signal twice.
  process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)));

removeStale();
if (existsSync(TENSORFLOW_FOLDER)) {
  console.log(`${TENSORFLOW_FOLDER} is there already`);
} else if (process.platform !== 'linux' || process.arch !== 'x64') {
  throw new Error(
    `there is a TensorFlow to test with for Linux on x64 only, not for ${process.platform} ${process.arch}`,
  );
} else {
  const started = performance.now();
  const work = mkdtempSync(join(tmpdir(), 'restage-tensorflow-'));
  try {
    await fetchInto(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  console.log(`${TENSORFLOW_FOLDER} made in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

function removeStale(): void {
  const folder = dirname(TENSORFLOW_FOLDER);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name.startsWith(`${basename(TENSORFLOW_FOLDER)}.`) && Date.now() - statSync(path).mtimeMs > STALE_MS)
      rmSync(path, { recursive: true, force: true });
  }
}

async function fetchInto(work: string): Promise<void> {
  // Beside its place, so that it comes there whole, by one rename.
  mkdirSync(dirname(TENSORFLOW_FOLDER), { recursive: true });
  const project = mkdtempSync(`${TENSORFLOW_FOLDER}.`);
  try {
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'tensorflow', private: true, type: 'module' }));
    await npm(project, ['install', '--ignore-scripts', ...PACKAGES.map((name) => `${name}@${VERSION}`)]);
    await npm(work, ['pack', RELEASE]);
    const archive = join(
      work,
      readdirSync(work).find((file) => file.endsWith('.tgz'))!,
    );
    const digest = await sha256(archive);
    if (digest !== RELEASE_SHA256) throw new Error(`${RELEASE} has the digest ${digest}, not ${RELEASE_SHA256}`);
    await unpack(archive, work);
    stop.signal.throwIfAborted();
    const native = join(work, 'node_modules/@tensorflow/tfjs-node');
    const [first = '', ...others] = PACKAGES.map((name) => join(project, 'node_modules', name));
    install(native, first);
    for (const other of others) install(native, other, first);
    renameSync(project, TENSORFLOW_FOLDER);
  } catch (error) {
    rmSync(project, { recursive: true, force: true });
    throw error;
  }
}

function npm(directory: string, args: readonly string[]): Promise<void> {
  return ended(
    spawn('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: 240_000,
      signal: stop.signal,
    }),
  );
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Binding and libraries, out of a brotli tar in the archive. */
async function unpack(archive: string, into: string): Promise<void> {
  const { signal } = stop;
  const outer = spawn('tar', ['-xzOf', archive, MEMBER], { stdio: ['ignore', 'pipe', 'inherit'], signal });
  const wanted = ['*/tfjs-node/lib/napi-v6/tfjs_binding.node', '*/tfjs-node/deps/lib/*'];
  const inner = spawn('tar', ['-x', '-C', into, '--wildcards', ...wanted], {
    stdio: ['pipe', 'ignore', 'inherit'],
    signal,
  });
  const piped = pipeline(outer.stdout, createBrotliDecompress(), inner.stdin);
  for (const end of await Promise.allSettled([ended(outer), ended(inner), piped]))
    if (end.status === 'rejected') throw end.reason;
}

/** Settles when the process is gone, and writes nothing more. */
function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let trouble: Error | undefined;
    child.once('error', (error) => {
      trouble = error;
      if (child.pid === undefined) reject(error);
    });
    child.once('close', (code, signal) => {
      if (stop.signal.aborted) reject(stop.signal.reason as Error);
      else if (trouble === undefined && code === 0) resolve();
      else reject(trouble ?? new Error(`${child.spawnfile} ended with ${code ?? signal}`));
    });
  });
}

/** The libraries are shared with a package that has them already: they are large. */
function install(native: string, target: string, twin?: string): void {
  mkdirSync(join(target, 'lib/napi-v8'), { recursive: true });
  copyFileSync(join(native, 'lib/napi-v6/tfjs_binding.node'), join(target, 'lib/napi-v8/tfjs_binding.node'));
  if (twin === undefined) {
    cpSync(join(native, 'deps/lib'), join(target, 'deps/lib'), { recursive: true, verbatimSymlinks: true });
    return;
  }
  mkdirSync(join(target, 'deps/lib'), { recursive: true });
  for (const library of readdirSync(join(twin, 'deps/lib'), { withFileTypes: true })) {
    const [from, to] = [join(twin, 'deps/lib', library.name), join(target, 'deps/lib', library.name)];
    if (library.isFile()) linkSync(from, to);
    else cpSync(from, to, { verbatimSymlinks: true });
  }
}

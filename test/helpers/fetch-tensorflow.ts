/**
 * `npm run fixture:tensorflow`: puts a real libtensorflow under the unmodified packages @tensorflow/tfjs-node and
 * tfjs-node-gpu, in a folder outside of this project, for the tests.
 *
 * Their install scripts download it from a cloud bucket that many machines cannot reach. npm's tfjs-node-lambda-releases, a
 * third party's repack, holds libtensorflow 1.15.0 for Linux on x64 with a binding that the packages accept: good enough
 * to test on, not to depend on. Both packages get that library, which is the CPU's: so is seen what becomes of a GPU
 * backend that finds no GPU.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
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
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { TENSORFLOW_FOLDER } from './tensorflow-fixture.ts';

const RELEASE = 'tfjs-node-lambda-releases@1.6.1';
const RELEASE_SHA256 = 'b7c30d059063526e0adb372652870685c573dacf04107ee57abe37c8d8b6d011';
const MEMBER = 'package/nodejs12.x-tf2.7.0.br';
const PACKAGES = ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'];
const VERSION = '4.22.0';

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

async function fetchInto(work: string): Promise<void> {
  // Beside its place, so that it comes there whole, by one rename.
  mkdirSync(dirname(TENSORFLOW_FOLDER), { recursive: true });
  const project = mkdtempSync(`${TENSORFLOW_FOLDER}.`);
  try {
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'tensorflow', private: true, type: 'module' }));
    npm(project, ['install', '--ignore-scripts', ...PACKAGES.map((name) => `${name}@${VERSION}`)]);
    npm(work, ['pack', RELEASE]);
    const archive = join(
      work,
      readdirSync(work).find((file) => file.endsWith('.tgz'))!,
    );
    const digest = await sha256(archive);
    if (digest !== RELEASE_SHA256) throw new Error(`${RELEASE} has the digest ${digest}, not ${RELEASE_SHA256}`);
    await unpack(archive, work);
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

function npm(directory: string, args: readonly string[]): void {
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 240_000,
  });
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Binding and libraries, out of a brotli tar in the archive. */
async function unpack(archive: string, into: string): Promise<void> {
  const outer = spawn('tar', ['-xzOf', archive, MEMBER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const wanted = ['*/tfjs-node/lib/napi-v6/tfjs_binding.node', '*/tfjs-node/deps/lib/*'];
  const inner = spawn('tar', ['-x', '-C', into, '--wildcards', ...wanted], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ends = [ended(outer), ended(inner)];
  await pipeline(outer.stdout, createBrotliDecompress(), inner.stdin);
  await Promise.all(ends);
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar ended with ${code}`))));
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

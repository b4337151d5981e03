/**
 * Several command lines in one process of their own, one after the other: for what a process's streams and its
 * environment do to them, since a process for each would only start Node again. What `cli/bin.ts` does besides is left
 * to tests that start it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { builtModule } from './built.ts';
import { ownEnvironment, type Project } from './project.ts';

export interface Streams {
  /** Streams whose reading end is closed before the process can write. */
  readonly closed?: readonly ('stdout' | 'stderr')[];
  /** A file instead of a pipe as standard output, by its descriptor. */
  readonly stdout?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Ended {
  readonly code: number;
  /** What it wrote, whether or not there was a reader. */
  readonly stderr: string;
}

const SCRIPT = `
import { writeFileSync } from 'node:fs';
const { calls, results, modules } = JSON.parse(process.argv[1]);
const [{ main }, { processIo }, { consoleToStandardError }] = await Promise.all(modules.map((module) => import(module)));
const io = processIo();
consoleToStandardError(io);
const ended = [];
for (const call of calls) {
  let stderr = '';
  const writeError = (text) => {
    stderr += text;
    io.writeError(text);
  };
  ended.push({ code: await main(call, { ...io, cwd: io.cwd, writeError }), stderr });
}
writeFileSync(results, JSON.stringify(ended));
process.exit(0);
`;

let processes = 0;

/**
 * How each of the command lines ended, in their order.
 * @throws if the process ends before, or says something that no command line has written
 */
export async function inOneProcess(
  project: Project,
  calls: readonly (readonly string[])[],
  { closed = [], stdout, env = {} }: Streams,
): Promise<readonly Ended[]> {
  const results = project.beside(`results-${processes++}.json`);
  const modules = ['cli/main.ts', 'cli/io/process-io.ts', 'cli/io/console.ts'].map(
    (source) => pathToFileURL(builtModule(source)).href,
  );
  const words = ['--input-type=module', '--eval', SCRIPT, JSON.stringify({ calls, results, modules })];
  const child = spawn(process.execPath, words, {
    cwd: project.root,
    stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
    env: { ...ownEnvironment(), ...env },
  });
  for (const stream of closed) child[stream]!.destroy();
  const isHeard = !closed.includes('stderr');
  child.stdout?.resume();
  const [said] = await Promise.all([isHeard ? text(child.stderr!) : '', once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}: ${said}`);
  const ended = JSON.parse(readFileSync(results, 'utf8')) as readonly Ended[];
  const written = ended.map(({ stderr }) => stderr).join('');
  if (isHeard && said !== written) throw new Error(`it said ${said}, and its command lines wrote ${written}`);
  return ended;
}

/** The command line as a real child process, from source. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const TOY = `${ROOT}test/cli/fixtures/toy.ts`;

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function restage(...args: readonly string[]): Promise<Outcome> {
  return outcomeOf(startRestage(args));
}

export async function restageIn(directory: string, ...args: readonly string[]): Promise<Outcome> {
  return outcomeOf(startRestage(args, directory));
}

export function startRestage(args: readonly string[], directory: string = ROOT): ChildProcess {
  const tsx = import.meta.resolve('tsx');
  return spawn(process.execPath, ['--import', tsx, '--conditions=@restage/source', `${ROOT}src/cli/bin.ts`, ...args], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.setEncoding('utf8').on('data', (more: string) => (text[name] += more));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...text };
}

/** The one sentence on stderr, without `restage: `. */
export function sentence({ stderr }: Outcome): string {
  const lines = stderr.trimEnd().split('\n');
  if (lines.length !== 1 || !lines[0]!.startsWith('restage: ')) throw new Error(`no one sentence: ${stderr}`);
  return lines[0]!.slice('restage: '.length);
}

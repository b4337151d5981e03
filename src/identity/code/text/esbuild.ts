/**
 * esbuild, by require(): it is CommonJS, and Node's import reads its whole text for names before it evaluates it. That
 * is most of what loading it takes, and a tenth of a small project's first plan.
 *
 * esbuild answers from a process of its own, which it starts at the first call. A terminal sends Ctrl-C to every
 * process of its group, and that one would end: bundling would fail before this process has heard that it is
 * interrupted. So it has a group of its own. It ends when this process has ended, since nobody writes to it any more.
 */
import type { spawn, SpawnOptions } from 'node:child_process';
import { createRequire } from 'node:module';
import type * as Esbuild from 'esbuild';
import { DefinitionError } from '../../../errors.ts';
import { OWN_GROUP } from '../../../own-process.ts';

const load = createRequire(import.meta.url);
const esbuild = load('esbuild') as typeof Esbuild;
const processes = load('node:child_process') as { spawn: typeof spawn };

/** esbuild has no option for it, and starts its process before the call returns. */
function inOwnGroup<Call extends (...given: never[]) => Promise<unknown>>(call: Call): Call {
  const wrapped = (...given: Parameters<Call>): Promise<unknown> => {
    const { spawn: before } = processes;
    const start = (command: string, words: readonly string[], options: SpawnOptions) =>
      before(command, words, { ...options, ...OWN_GROUP });
    processes.spawn = start as typeof spawn;
    try {
      return call(...given).catch(explained);
    } finally {
      processes.spawn = before;
    }
  };
  return wrapped as Call;
}

/** A process that has been killed answers no later call either, until esbuild is told to stop. */
async function explained(error: unknown): Promise<never> {
  if (!/^The service (?:was stopped|is no longer running)/.test((error as Error).message)) throw error;
  await esbuild.stop();
  throw new DefinitionError(
    'The process of esbuild, which bundles the code of stages, was killed; look whether this machine lacks memory, and run again.',
    { cause: error },
  );
}

export const build = inOwnGroup(esbuild.build);
export const transform = inOwnGroup(esbuild.transform);

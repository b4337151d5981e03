/** Observes other processes and threads: what they do is observed by nobody. */
import { observation } from './observation.ts';
import { source } from './source.ts';
import { observeMethod } from './replace.ts';

const STARTS = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'];
const LONGEST = 80;

export function observeProcesses(childProcess: object, workerThreads: object): void {
  for (const name of STARTS)
    observeMethod(childProcess, name, {
      before: ([command, args]) => {
        const words = [command, ...(Array.isArray(args) ? (args as readonly unknown[]) : [])].map(String).join(' ');
        observation()?.note(source('subprocess', shortened(words), name));
      },
    });
  observeMethod(workerThreads, 'Worker', {
    before: ([file, options]) => {
      const isText = (options as { readonly eval?: unknown } | undefined)?.eval === true;
      observation()?.note(
        source('subprocess', isText ? 'a thread' : shortened(`a thread of ${String(file)}`), 'Worker'),
      );
    },
  });
}

function shortened(words: string): string {
  const line = words.replace(/\s+/g, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

/**
 * Puts the observers in place, once in a process and before any code of a stage is loaded. While no code of a stage
 * runs, they do nothing.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { observeAddons } from './addons.ts';
import { observeClock } from './clock.ts';
import { observeEntropy } from './entropy.ts';
import { observeEnvironment } from './environment.ts';
import { type FileSystem, observeFiles } from './files.ts';
import { observeHost } from './host.ts';
import { observeNetwork } from './network.ts';
import { observeProcesses } from './processes.ts';

let isInstalled = false;

export function installObservers(): void {
  if (isInstalled) return;
  isInstalled = true;
  // The modules themselves: what `import * as` gives cannot be changed.
  const load = createRequire(import.meta.url);
  const builtin = <T extends object>(name: string): T => load(`node:${name}`) as T;
  observeFiles(builtin<FileSystem>('fs'));
  observeNetwork({ net: builtin('net'), dgram: builtin('dgram'), dns: builtin('dns') });
  observeAddons();
  observeProcesses(builtin('child_process'), builtin('worker_threads'));
  observeEntropy(builtin('crypto'));
  observeHost(builtin('os'));
  observeClock();
  observeEnvironment();
  syncBuiltinESMExports();
}

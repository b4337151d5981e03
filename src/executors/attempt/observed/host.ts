/** Observes questions about the machine and the process. */
import { observation } from './observation.ts';
import { source } from './source.ts';
import { observeMethod, replaceGetter } from './replace.ts';

/** The temporary directory is left out: a stage may write there, and what it reads there it wrote. */
const OS = [
  'availableParallelism',
  'cpus',
  'freemem',
  'getPriority',
  'homedir',
  'hostname',
  'loadavg',
  'machine',
  'networkInterfaces',
  'release',
  'totalmem',
  'uptime',
  'userInfo',
  'version',
];
const PROCESS = [
  'availableMemory',
  'constrainedMemory',
  'cpuUsage',
  'getActiveResourcesInfo',
  'getegid',
  'geteuid',
  'getgid',
  'getgroups',
  'getuid',
  'memoryUsage',
  'resourceUsage',
  'threadCpuUsage',
];

export function observeHost(os: object): void {
  for (const name of OS) observe(os, name, `os.${name}`);
  observe(process.memoryUsage, 'rss', 'process.memoryUsage.rss');
  for (const name of PROCESS) observe(process, name, `process.${name}`);
  for (const name of ['pid', 'ppid']) {
    const reached = source('host', `process.${name}`);
    replaceGetter(process, name, () => observation()?.note(reached));
  }
  const { navigator } = globalThis as { readonly navigator?: object };
  if (navigator !== undefined) {
    const reached = source('host', 'navigator.hardwareConcurrency');
    replaceGetter(Object.getPrototypeOf(navigator) as object, 'hardwareConcurrency', () =>
      observation()?.note(reached),
    );
  }
}

function observe(owner: object, name: string, call: string): void {
  const reached = source('host', call);
  observeMethod(owner, name, { before: () => observation()?.note(reached) });
}

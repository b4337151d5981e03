/**
 * The program of a job, on the host that its system has chosen. Its arguments are the version of Node that submitted it
 * and the unit's directory. A system sends it SIGUSR1 when its time is nearly up, and SIGTERM when its host is needed.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { errorSentence, isError, shown } from '../../../core/diagnostics/thrown.ts';
import { manifestIn } from '../units/unit.ts';
import { UnitDirectory } from '../units/unit-directory.ts';
import { UnitRun } from './unit-run.ts';

async function main([node = '', path = '']: readonly string[]): Promise<void> {
  const [wanted, own] = [node, process.versions.node].map((version) => version.split('.')[0]);
  if (wanted !== own)
    throw new Error(
      `Node ${process.versions.node} on ${hostname()} is not the Node ${node} of the run; install the same major version there.`,
    );
  const directory = new UnitDirectory(path);
  const manifest = manifestIn(directory);
  if (manifest === undefined)
    throw new Error(
      `${join(path, 'unit')} cannot be read on ${hostname()}; is the cache in a directory that all hosts share?`,
    );
  const run = new UnitRun(directory, manifest);
  process.on('SIGUSR1', () => run.end('time'));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => run.end('room'));
  await run.run();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${isError(error) ? errorSentence(error) : shown(error)}\n`);
  process.exitCode = 1;
});

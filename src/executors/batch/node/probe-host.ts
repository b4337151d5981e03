/**
 * The program of a probe's job: says what its host is and sees, waits for the answer, and races the other side for some
 * files. Where it is asked, it looks for a backend and a device. Its argument is the probe's directory. It executes
 * nothing of a project.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { errorSentence, isError, shown } from '../../../core/diagnostics/thrown.ts';
import { isRestageError } from '../../../errors.ts';
import { fileSystemOf } from '../../../store/files/file-system.ts';
import { hashFile } from '../../../store/files/hash-file.ts';
import { readIfThere } from '../../../store/files/shared-file.ts';
import { replaceFile } from '../../../store/files/temporary-files.ts';
import {
  ANSWER_MS,
  type Arrival,
  type ComputeQuestion,
  type ComputeThere,
  type Departure,
  LOOK_MS,
  probeFile,
  questionIn,
} from '../probe/probe-directory.ts';
import { causeOf, race } from '../probe/races.ts';
import { hostName } from './host-name.ts';

/** A quota is noticed when bytes are written, and not before. */
const TRIED_BYTES = 4 << 20;

async function main([directory = '']: readonly string[]): Promise<void> {
  const { name: fileSystem, freeBytes, totalBytes } = fileSystemOf(directory);
  const facts = {
    host: hostName(process.env),
    asked: readIfThere(probeFile(directory, 'asked'))?.toString() ?? null,
    node: process.version,
    system: `${platform()} ${release()} ${arch()}`,
    arch: arch(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    ...{ fileSystem, freeBytes, totalBytes, noRoom: tryRoom(directory) },
  };
  const arrival: Arrival = { ...facts, at: Date.now() };
  replaceFile(probeFile(directory, 'arrived'), JSON.stringify(arrival), 'What a host sees');
  const answeredAt = await answered(directory);
  const raced = answeredAt === null ? { won: [], noLinks: null } : await race(directory, 'host', 'up');
  const question = answeredAt === null ? undefined : questionIn(directory);
  const computes = question && (await computeThere(question));
  const departure: Departure = { answeredAt, ...raced, ...(computes && { computes }) };
  replaceFile(probeFile(directory, 'left'), JSON.stringify(departure), 'What a host has seen');
}

/** As a run on this host would find it. */
async function computeThere({ backend, device, projectRoot, gpus }: ComputeQuestion): Promise<ComputeThere> {
  const { resolveCompute } = await import('../../../identity/compute/backend.ts');
  const { givenDevices } = await import('../../../identity/compute/given-devices.ts');
  const { machineDevices } = await import('../../../identity/compute/machine-devices.ts');
  const probe = givenDevices(machineDevices, gpus, process.env['CUDA_VISIBLE_DEVICES']);
  try {
    return {
      type: 'found',
      compute: await resolveCompute(backend, device, { projectRoot, digestOf: hashFile, probe }),
    };
  } catch (error) {
    if (!isRestageError(error)) throw error;
    return { type: 'none', why: error.message };
  }
}

/** When the answer was seen; null if it never was. The directory is read, since NFS remembers what was not there. */
async function answered(directory: string): Promise<number | null> {
  const until = performance.now() + ANSWER_MS;
  while (performance.now() < until) {
    if (readdirSync(directory).includes('answer')) return Date.now();
    await pause(LOOK_MS);
  }
  return null;
}

function tryRoom(directory: string): string | null {
  const path = join(directory, 'room');
  try {
    // What is all alike may take no room.
    writeFileSync(path, randomBytes(TRIED_BYTES), { flush: true });
    return null;
  } catch (error) {
    return causeOf(error);
  } finally {
    rmSync(path, { force: true });
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${isError(error) ? errorSentence(error) : shown(error)}\n`);
  process.exitCode = 1;
});

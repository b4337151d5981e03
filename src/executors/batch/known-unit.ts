/** How a run comes to know a unit: it writes one down for a job, or finds one that an earlier run has written. */
import { randomBytes } from 'node:crypto';
import { markOnce } from '../../store/files/shared-file.ts';
import type { Task } from '../contract.ts';
import type { BatchSystem } from './contract.ts';
import type { PlannedUnit } from './batch-queue.ts';
import { Member } from './units/member.ts';
import { encoded, manifestIn } from './units/unit.ts';
import { UnitDirectory } from './units/unit-directory.ts';
import { UnitUnderWay } from './unit-under-way.ts';

export interface KnownUnitOptions {
  readonly system: BatchSystem;
  readonly cacheDirectory: string;
  readonly projectRoot: string;
  readonly gracefulMs: number | null;
  readonly graceMs: number;
}

/** @throws a system error if the unit cannot be written */
export function writtenUnit({ tasks, timeouts }: PlannedUnit, options: KnownUnitOptions): UnitUnderWay {
  const { system, graceMs, cacheDirectory, projectRoot, gracefulMs } = options;
  const name = randomBytes(8).toString('hex');
  const directory = UnitDirectory.of(cacheDirectory, name);
  directory.create();
  const limited = tasks.map((task, i): Task => ({ ...task, timeoutSeconds: timeouts[i]! }));
  markOnce(directory.manifest, encoded({ unit: name, cacheDirectory, projectRoot, gracefulMs, tasks: limited }));
  const members = tasks.map((task, index) => new Member(task, index, directory));
  return new UnitUnderWay(name, directory, members, { system, graceMs, tasks: tasks.length, isAdopted: false });
}

/** Without any task that this run wants; undefined if nothing of it is left. */
export function foundUnit(name: string, options: KnownUnitOptions): UnitUnderWay | undefined {
  const { system, graceMs, cacheDirectory } = options;
  const directory = UnitDirectory.of(cacheDirectory, name);
  const tasks = manifestIn(directory)?.tasks.length;
  return tasks === undefined
    ? undefined
    : new UnitUnderWay(name, directory, [], { system, graceMs, tasks, isAdopted: true });
}

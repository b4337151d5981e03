/**
 * The external files of a task: are they, for as long as its stage may read them, the ones that were hashed? They are
 * looked at before and after. Content alone would not tell: a file may be replaced and put back while it is read.
 */
import { type BigIntStats, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError } from '../../errors.ts';
import { hashFile } from '../../store/files/hash-file.ts';
import { pathDigest } from '../../store/files/path-digest.ts';
import type { FileSource, Task } from '../contract.ts';
import { verifiedFiles } from '../fetch/verified-files.ts';

/**
 * File systems take their times from a clock that ticks every 1 to 10 ms. Two changes within a tick have the same time,
 * so a file that changed just now is looked at again.
 */
const TICK_MS = 20;
const MOST_LOOKS = 10;

interface Look {
  readonly source: FileSource;
  readonly stat: BigIntStats;
}

export class ExternalFiles {
  readonly #node: string;
  readonly #looks: readonly Look[];

  private constructor(node: string, looks: readonly Look[]) {
    this.#node = node;
    this.#looks = looks;
  }

  /** Before the stage reads them: does each exist, with the right length? @throws DataError */
  static async open({ node, inputs }: Task): Promise<ExternalFiles> {
    const looks: Look[] = [];
    for (const { source } of inputs)
      if (source.type === 'file') looks.push({ source, stat: await settledStat(source) });
    return new ExternalFiles(node, looks);
  }

  /** After the stage has read them: nobody has changed them meanwhile. @throws DataError */
  async check(): Promise<void> {
    for (const { source, stat } of this.#looks) {
      // Nobody may edit a download, so its stat is trusted, as is that of a file at the start of a run.
      const reading = source.remote === undefined ? hashFile(source.path) : verifiedFiles.digest(source.path);
      const digest = await reading.catch(() => undefined);
      if (digest !== source.digest) throw changed(source);
      // After the content: it may have been changed while it was hashed.
      if (!isSame(statOf(source), stat))
        throw new DataError(
          `The file ${source.path} was written or touched while node ${this.#node} could read it, so its result is rejected, even though its content is the same again; run again once nothing writes to it.`,
        );
    }
  }
}

/** Its stat, once a change from now on would show in it. @throws DataError */
async function settledStat(source: FileSource): Promise<BigIntStats> {
  for (let looks = 1; ; looks++) {
    const stat = statOf(source);
    if (stat === undefined || Number(stat.size) !== source.bytes) throw changed(source);
    const changedAt = Number((stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs) / 1_000_000n);
    if (Math.abs(Date.now() - changedAt) > TICK_MS || looks === MOST_LOOKS) return stat;
    await sleep(TICK_MS);
  }
}

function statOf({ path }: FileSource): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

/** The time of the change (ctime) as well: nobody can set it, while tools that copy set the time of the content. */
function isSame(now: BigIntStats | undefined, before: BigIntStats): boolean {
  return now !== undefined && MEMBERS.every((member) => now[member] === before[member]);
}

const MEMBERS = ['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const;

/** The same for the files and folders that the stage declares to read. @throws DataError */
export async function checkDeclaredReads({ declares }: Task): Promise<void> {
  for (const { path, digest } of declares.reads)
    if ((await pathDigest(path, hashFile).catch(() => undefined)) !== digest) throw changed({ path });
}

function changed({ path }: Pick<FileSource, 'path'>): DataError {
  return new DataError(
    `The file ${path} was changed or removed after this run had hashed it, so its result is rejected; run again once nothing writes to it.`,
  );
}

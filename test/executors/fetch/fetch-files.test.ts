/** The remote files of a task: fetched before it starts, and read once by a process. */
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteFile } from '../../../src/core/authoring/file-ref.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';
import type { Task } from '../../../src/executors/contract.ts';
import { fetchFiles } from '../../../src/executors/fetch/fetch-files.ts';
import { VerifiedFiles } from '../../../src/executors/fetch/verified-files.ts';
import { DownloadClaim } from '../../../src/store/coordination/downloads.ts';
import { hashFile } from '../../../src/store/files/hash-file.ts';
import { bytesOf, CONTENT, DownloadLab, PACKED } from './download-lab.ts';

let lab: DownloadLab;
beforeEach(async () => {
  lab = await DownloadLab.start();
});
afterEach(() => lab.server.stop());

describe('a remote file of a task', () => {
  const task = (remote: RemoteFile): Task =>
    ({
      id: '1',
      node: 'read',
      inputs: [
        {
          slot: 'file',
          index: null,
          source: { type: 'file', path: lab.place(remote), digest: remote.sha256, bytes: remote.bytes, remote },
        },
      ],
    }) as unknown as Task;
  const fetchAll = (given: Task): Promise<void> =>
    fetchFiles(given, { progress: () => undefined, note: () => undefined }, new AbortController().signal);

  test('that is damaged is removed only by the holder of its claim, and fetched again', async () => {
    const remote = lab.pinned();
    mkdirSync(dirname(lab.place(remote)), { recursive: true });
    const damaged = bytesOf(CONTENT.length, 3);
    writeFileSync(lab.place(remote), damaged);
    const claim = DownloadClaim.take(lab.place(remote))!;
    let over = false;
    const done = fetchAll(task(remote)).then(() => (over = true));
    // Long enough to remove the file, if the code were wrong. The test holds however little has happened by then.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect([over, readFileSync(lab.place(remote)).equals(damaged)]).toEqual([false, true]);
    claim.release();
    await done;
    expect(readFileSync(lab.place(remote)).equals(CONTENT)).toBe(true);
    expect(lab.server.requests).toHaveLength(1);
    expect(lab.leftovers()).toEqual(['']);
  });

  test('that cannot be read is not treated as damaged', async ({ skip }) => {
    skip(process.platform !== 'linux', 'there is no /proc/self/mem, a file that gives EIO');
    const remote = lab.pinned({ sha256: sha256(''), bytes: 0 });
    mkdirSync(dirname(lab.place(remote)), { recursive: true });
    // A file of length 0 that gives EIO.
    symlinkSync('/proc/self/mem', lab.place(remote));
    await expect(fetchAll(task(remote))).rejects.toThrow(
      /^The download \S+ could not be read \(EIO: .*\), and was left unchanged; run again, or remove it so that it is fetched again\.$/,
    );
    expect(lab.leftovers()).toEqual(['']);
    expect(lab.server.requests).toHaveLength(0);
  });

  test('is read once by a process, unless its stat changes or it was modified just now', async () => {
    const file = join(lab.cache, 'x');
    writeFileSync(file, CONTENT);
    let [read, later] = [0, 0];
    const hash = (path: string) => (read++, hashFile(path));
    const files = new VerifiedFiles(hash, () => Math.floor(statSync(file).ctimeMs) + later);
    const look = async (content: Buffer) => expect(await files.digest(file)).toBe(sha256(content));
    await look(CONTENT);
    await look(CONTENT);
    expect(read).toBe(2);
    later = 60_000;
    await look(CONTENT);
    await look(CONTENT);
    await look(CONTENT);
    expect(read).toBe(3);
    rmSync(file);
    writeFileSync(file, PACKED);
    await look(PACKED);
    expect(read).toBe(4);
  });
});

/** Remote files as inputs, in a project of a user's with real worker processes and a server of the test's own. */
import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/identity/digest.ts';
import { answering, FileServer, serving, stoppingAfter } from '../helpers/file-server.ts';
import { type InProcessProject, inThisProcess } from '../helpers/in-process-project.ts';
import type { ProjectDirectory } from '../helpers/project-directory.ts';
import { makeProject, type Project } from '../helpers/project.ts';

const CONTENT = Buffer.from(Array.from({ length: 40_000 }, (_, i) => `${(i * 7919) % 104_729}\n`).join(''));
const PACKED = gzipSync(CONTENT);

const PIPELINE = `import { externalFile, file, json, pipeline, remoteFile, stage } from 'restage';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { tally } from './lab.ts';

export const read = stage({
  name: 'lab/read',
  params: z.strictObject({ skip: z.int() }),
  inputs: { file: file() },
  outputs: { sum: json<number>(), bytes: json<number>() },
  async run({ inputs, params }) {
    tally('read');
    const { path, bytes } = await inputs.file.read();
    const numbers = readFileSync(path, 'utf8').split('\\n').slice(params.skip).map(Number);
    return { sum: numbers.reduce((a, b) => a + b, 0), bytes };
  },
});

export default pipeline({
  name: 'remote',
  params: z.strictObject({ data: z.string(), skip: z.int().default(0), copies: z.int().default(1) }),
  build(p, { data, skip, copies }) {
    const otherwise = 'fetch it by hand and give -S data=PATH';
    const input = data.startsWith('http')
      ? remoteFile({ url: data, sha256: '${sha256(CONTENT)}', bytes: ${CONTENT.length}, encoding: 'gzip', otherwise })
      : externalFile(data);
    for (let k = 1; k < copies; k++) p.add(read, { key: { k }, params: { skip: skip + k }, inputs: { file: input } });
    // Asked to run in restage's own process, it still runs in a worker, which does the fetching.
    const { sum } = p.add(read, { params: { skip }, inputs: { file: input }, executor: 'in-process' }).out;
    return { sum };
  },
});
`;

let server: FileServer;
beforeAll(async () => {
  server = await FileServer.start(serving(PACKED));
});
afterAll(() => server.stop());

function remoteProject(): { project: Project; here: InProcessProject; data: string } {
  server.requests.length = 0;
  server.next.length = 0;
  server.usual = serving(PACKED);
  const project = makeProject('lab').write('index.ts', PIPELINE).age('index.ts');
  return { project, here: inThisProcess(project), data: `data=${server.url('/numbers.txt.gz')}` };
}

const downloads = (project: ProjectDirectory): readonly string[] =>
  readdirSync(join(project.cache, 'downloads')).filter((name) => name !== 'CACHEDIR.TAG');
const downloaded = (project: ProjectDirectory): string => join(project.cache, 'downloads', sha256(CONTENT));

describe('a remote file', () => {
  test('is planned without the network, fetched by the first stage that needs it, and not again', async () => {
    const { here: project, data } = remoteProject();
    const planned = await project.restage(['plan', project.root, '--cache', project.cache, '-S', data]);
    expect(planned).toMatchObject({ code: 0, stderr: '' });
    const dry = await project.restage(['run', project.root, '-n', '--cache', project.cache, '-S', data]);
    expect(dry.code).toBe(0);
    expect(server.requests).toHaveLength(0);

    const first = await project.run(['-S', data]);
    expect(first.report!.counts).toMatchObject({ ran: 1 });
    expect(first.events).toContainEqual(
      expect.objectContaining({
        type: 'node-progress',
        node: 'read',
        note: expect.stringMatching(/^downloading: /) as string,
      }),
    );
    expect(server.requests).toHaveLength(1);
    expect(downloads(project)).toEqual([sha256(CONTENT)]);

    expect((await project.run(['-S', data])).report!.counts).toMatchObject({ hit: 1 });
    // Also of another state, and with the server gone: what was fetched is there.
    server.usual = answering(500);
    expect((await project.run(['-S', data, '-S', 'skip=5'])).report!.counts).toMatchObject({ ran: 1 });
    expect(server.requests).toHaveLength(1);
    const shown = await project.restage(['show', 'read', '--cache', project.cache]);
    expect(shown.stdout).toContain(`the file ${server.url('/numbers.txt.gz')}`);
    expect(project.complaints()).toEqual([]);
  });

  test.each(['SIGKILL', 'SIGINT'] as const)('after %s in mid-download, goes on where it was', async (signal) => {
    const { project, here, data } = remoteProject();
    const half = Math.floor(PACKED.length / 2);
    server.next.push(stoppingAfter(half, serving(PACKED), 'stall'));
    const live = await project.startRun(['-S', data]);
    await live.until(() => (statSync(`${downloaded(project)}.part`, { throwIfNoEntry: false })?.size ?? 0) === half);
    live.killGroup(signal);
    const ended = await live.result;
    expect(ended.code).toBe(signal === 'SIGINT' ? 130 : null);

    const again = await here.run(['-S', data]);
    expect(again.report!.counts).toMatchObject({ ran: 1 });
    expect(server.ranges).toEqual([undefined, `bytes=${half}-`]);
    expect(downloads(project)).toEqual([sha256(CONTENT)]);
    expect(project.executed()).toEqual(['read']);
  });

  test('that several nodes and several runs want at once is fetched once', async () => {
    const { project, data } = remoteProject();
    const options = ['-S', data, '-S', 'copies=2', '-j', '2'];
    const [one, two] = await Promise.all([project.run(options), project.run([...options, '-S', 'skip=100'])]);
    expect([one.code, two.code]).toEqual([0, 0]);
    expect(project.executed()).toHaveLength(4);
    expect(server.requests).toHaveLength(1);
    expect(downloads(project)).toEqual([sha256(CONTENT)]);
  });

  test('that is another file fails its node with one sentence, and what came is not kept', async () => {
    const { here: project, data } = remoteProject();
    server.usual = answering(200, '<!doctype html><p>Sign in', { 'content-type': 'text/html' });
    const { code, report } = await project.run(['-S', data]);
    expect(code).toBe(1);
    expect(report!.failures[0]!.failure).toMatchObject({
      class: 'error',
      stack: null,
      message: `${server.url('/numbers.txt.gz')} does not give the pinned file: it is a web page (HTML), perhaps one to log in or to report an error, and no byte of it was kept; fetch it by hand and give -S data=PATH.`,
    });
    expect(downloads(project)).toEqual([]);
    expect(project.executed()).toEqual([]);
    expect(project.count('state')).toBe(0);
  });

  test('that is declared wrongly is refused before anything runs', async () => {
    const { here: project } = remoteProject();
    const wrong = [
      ['data=http://a:b@example.org/x', /contains a user name or password/],
      ['data=https://', /has no valid address; write it as https:\/\/host\/path/],
    ] as const;
    for (const [data, expected] of wrong) {
      const refused = await project.run(['-S', data]);
      expect(refused.code).toBe(2);
      expect(refused.events.filter(({ type }) => type !== 'run-preparing')).toEqual([]);
      expect(refused.stderr).toMatch(expected);
      expect(refused.stderr.trimEnd().split('\n')).toHaveLength(1);
    }
    expect(server.requests).toHaveLength(0);
  });
});

describe('a remote file that was fetched', () => {
  let project: InProcessProject;
  let data: string;
  beforeAll(async () => {
    ({ here: project, data } = remoteProject());
    expect((await project.run(['-S', data])).report!.counts).toMatchObject({ ran: 1 });
    expect(project.executed()).toEqual(['read']);
  });
  beforeEach(() => {
    server.requests.length = 0;
  });

  test('is its content: a local copy, a mirror and a lost download all give the same state', async () => {
    project.write('copy.txt', CONTENT);
    const mirror = `data=${server.url('/mirror/n.gz')}`;
    chmodSync(downloaded(project), 0o644);
    writeFileSync(downloaded(project), 'nothing of the kind');
    for (const same of ['data=copy.txt', mirror, data]) {
      const { report } = await project.run(['-S', same]);
      expect(report!.counts).toMatchObject({ hit: 1, ran: 0 });
    }
    expect(project.executed()).toEqual([]);
    expect(server.requests).toHaveLength(0);
  });

  test('is fetched again where its download was damaged, which fsck finds and repairs', async () => {
    const fsck = (...args: string[]) => project.restage(['fsck', '--cache', project.cache, ...args]);
    const damage = (): void => {
      chmodSync(downloaded(project), 0o644);
      writeFileSync(downloaded(project), Buffer.concat([Buffer.from('9'), CONTENT.subarray(1)]));
    };
    damage();
    expect((await project.run(['-S', data, '-S', 'skip=1'])).report!.counts).toMatchObject({ ran: 1 });
    expect(server.requests).toHaveLength(1);
    expect(await fsck()).toMatchObject({ code: 0 });

    damage();
    const found = await fsck();
    expect(found).toMatchObject({ code: 5 });
    expect(found.stdout).toMatch(
      /^The download [0-9a-f]{8} in .*downloads does not hold the bytes that are pinned; "restage fsck --repair" removes it, and the next run that needs it fetches it again\.\n/,
    );
    expect((await fsck('--repair')).stdout).toMatch(/1 damaged and repaired/);
    expect(existsSync(downloaded(project))).toBe(false);
    expect(await fsck()).toMatchObject({ code: 0 });
    expect((await project.run(['-S', data])).report!.counts).toMatchObject({ hit: 1 });
    expect((await project.run(['-S', data, '-S', 'skip=2'])).report!.counts).toMatchObject({ ran: 1 });
    expect(server.requests).toHaveLength(2);
  });
});

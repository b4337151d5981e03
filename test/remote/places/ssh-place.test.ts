import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SshPlace } from '../../../dist/remote/places/ssh-place.js';
import { sshFailure } from '../../../dist/remote/places/ssh-failure.js';
import { Remote } from '../../../dist/remote/remote.js';
import { childProcesses } from '../../helpers/child-processes.ts';
import { noSshd, startSshd } from '../../helpers/sshd.ts';
import { bytesOf, placeContract, source } from './place-contract.ts';

function factOf(pid: number, name: 'cmdline' | 'stat'): string {
  return readFileSync(`/proc/${pid}/${name}`, 'latin1');
}

describe.skipIf(noSshd !== undefined)(`a directory behind ssh${noSshd === undefined ? '' : `: ${noSshd}`}`, () => {
  let server: Awaited<ReturnType<typeof startSshd>>;
  let place: SshPlace;
  let root: string;
  beforeAll(async () => {
    server = await startSshd();
    root = join(server.directory, `it's a "$HOME" \`place\``);
    place = new SshPlace(server.address(root), server.options);
  });
  afterAll(async () => {
    await place.close();
    await server.stop();
  });

  placeContract(() => place);

  test('no temporary file is left over', () => {
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
    expect(files).toContain('c/raced');
    expect(files.filter((file) => file.includes('~'))).toEqual([]);
  });

  test('a reader that stops early leaves the place usable', async () => {
    await place.insert('f/long', source(Buffer.alloc(5_000_000)));
    for await (const part of (await place.read('f/long')) ?? []) if (part.length > 0) break;
    expect((await bytesOf(place, 'f/long', 4_999_999))?.length).toBe(1);
  });

  test.runIf(existsSync('/proc/self'))('Ctrl-C in a terminal does not reach its connection', async () => {
    await place.find(['a/one']);
    const connections = childProcesses(process.pid).filter((pid) => factOf(pid, 'cmdline').startsWith('ssh\0'));
    expect(connections.length).toBeGreaterThan(0);
    // `pid (name) state parent group ...`
    const groups = connections.map((pid) => Number(/\) \w \d+ (\d+)/.exec(factOf(pid, 'stat'))![1]));
    expect(groups).toEqual(connections);
  });

  test('without a key that fits, it is denied', async () => {
    const stranger = new SshPlace(server.address(root), server.withoutKey);
    await expect(stranger.find(['a/one'])).rejects.toMatchObject({ failure: 'denied' });
    await stranger.close();
  });

  test('a server where nobody listens is unreachable', async () => {
    const nobody = new SshPlace('ssh://127.0.0.1:1/tmp/x', server.options);
    await expect(nobody.read('a/one')).rejects.toMatchObject({ failure: 'unreachable' });
    await nobody.close();
  });

  test('a root that was seen and is gone is neither made again nor treated as empty, by whoever asks first', async () => {
    const gone = join(server.directory, 'gone');
    const asks: readonly ((place: SshPlace) => Promise<unknown>)[] = [
      (it) => it.insert('a/two', source(Buffer.from('x'))),
      (it) => it.find(['a/one']),
      (it) => it.read('a/one'),
      async (it) => {
        for await (const blob of it.list('a/')) expect(blob).toBeUndefined();
      },
    ];
    for (const ask of asks) {
      const seen = new SshPlace(server.address(gone), server.options);
      await seen.insert('a/one', source(Buffer.from('x')));
      rmSync(gone, { recursive: true });
      await expect(ask(seen)).rejects.toMatchObject({
        failure: 'unreachable',
        message: expect.stringContaining('it was there and is gone; ') as unknown,
      });
      expect(existsSync(gone)).toBe(false);
      await seen.close();
    }
  });

  test('a root is made below a directory that is there, and nothing above it', async () => {
    const homeless = new SshPlace(server.address(join(server.directory, 'no/place')), server.options);
    expect(await homeless.find(['a/one'])).toEqual(new Map());
    await expect(homeless.insert('a/one', source(Buffer.from('x')))).rejects.toMatchObject({
      failure: 'unreachable',
      message: expect.stringContaining('cannot be written: the directory above it does not exist; ') as unknown,
    });
    expect(existsSync(join(server.directory, 'no'))).toBe(false);
    await homeless.close();
  });

  test('a directory in the way of a blob is an error, and nothing else', async () => {
    mkdirSync(join(root, 'g/in-the-way'), { recursive: true });
    await expect(place.insert('g/in-the-way', source(Buffer.from('y')))).rejects.toMatchObject({ failure: 'refused' });
    await expect(place.insert('a/one/below', source(Buffer.from('y')))).rejects.toMatchObject({ failure: 'refused' });
  });
});

test('who gives up waits neither for a host that does not answer nor for the end of its ssh', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const place = new SshPlace(`ssh://127.0.0.1:${port}/tmp/x`, ['-F', 'none', '-o', 'ConnectTimeout=600']);
  const stop = new AbortController();
  const asked = Remote.toWrite(place, stop.signal);
  await once(silent, 'connection');
  stop.abort();
  await expect(asked).rejects.toThrow('aborted');
  await place.close();
  for (const socket of sockets) socket.destroy();
  silent.close();
});

test.each(['ssh://-oProxyCommand=x/p', 'ssh://host', 'ssh://u:secret@host/p', 'ssh://-l@host/p', 'http://host/p'])(
  '%s is refused as an address',
  (address) => {
    expect(() => new SshPlace(address)).toThrow(/address of a directory behind ssh/);
  },
);

test.each([
  [9, 'cat: write error: No space left on device', 'full'],
  [9, "mkdir: cannot create directory 'x': Permission denied", 'denied'],
  [255, 'ssh: connect to host h port 22: Connection refused', 'unreachable'],
  [127, 'env: sh: not found', 'refused'],
])('status %i with %j is the failure %s', (code, said, failure) => {
  expect(sshFailure('ssh://h/p', code, said)).toMatchObject({ failure });
});

/** A real sshd on a free port of this machine, with keys of its own, for the user of the tests. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './free-port.ts';

const SSHD = '/usr/sbin/sshd';

/** Why there is none on this machine. */
export const noSshd = existsSync(SSHD) ? undefined : 'there is no sshd here';

export async function startSshd() {
  const directory = mkdtempSync(join(tmpdir(), 'restage-sshd-'));
  for (const name of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, name)]);
  writeFileSync(join(directory, 'authorized'), readFileSync(join(directory, 'user.pub')), { mode: 0o600 });
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const port = await freePort();
  const settings = [
    `Port ${String(port)}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(directory, 'host')}`,
    `AuthorizedKeysFile ${join(directory, 'authorized')}`,
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'PermitRootLogin yes',
    // Sessions start without the user's own start files, which may take a second and print.
    `SetEnv HOME=${directory}`,
  ];
  writeFileSync(join(directory, 'config'), `${settings.join('\n')}\n`);
  const daemon = spawn(SSHD, ['-D', '-f', join(directory, 'config')], { stdio: 'ignore' });
  for (let tries = 0; tries < 100 && !(await answers(port)); tries += 1) await pause(50);
  const known = [
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    `UserKnownHostsFile=${join(directory, 'known')}`,
    '-o',
    'LogLevel=ERROR',
  ];
  return {
    directory,
    address: (path: string) => `ssh://${userInfo().username}@127.0.0.1:${String(port)}${encodeURI(path)}`,
    options: ['-F', 'none', '-i', join(directory, 'user'), ...known],
    withoutKey: ['-F', 'none', '-o', 'IdentitiesOnly=yes', '-o', 'IdentityFile=none', ...known],
    stop: async () => {
      const ended = once(daemon, 'exit');
      daemon.kill();
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

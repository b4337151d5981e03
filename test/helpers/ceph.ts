/**
 * A real Ceph on this machine: a monitor, a store in memory and the S3 server of production use, on free ports, with
 * all of its files in a temporary directory. It ends with the process that started it, however that ends.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { AwsV4Signer } from 'aws4fetch';

const TOOLS = ['ceph', 'ceph-authtool', 'ceph-mon', 'ceph-osd', 'monmaptool', 'radosgw', 'radosgw-admin'];
const missing = TOOLS.filter(
  (tool) => !(process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, tool))),
);

/** Why there is none on this machine. */
export const noCeph = missing.length === 0 ? undefined : `there is no ${missing.join(', ')} here`;

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Ceph {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** A new user of this name. */
  readonly user: (name: string) => Promise<Keys>;
  /** A new, empty bucket of this name. */
  readonly bucket: (name: string, owner: Keys) => Promise<void>;
  readonly admin: (...words: readonly string[]) => Promise<string>;
  readonly stop: () => Promise<void>;
}

export async function startCeph(): Promise<Ceph> {
  const directory = mkdtempSync(join(tmpdir(), 'restage-ceph-'));
  for (const name of ['mon', 'osd', 'run', 'log', 'rgw']) mkdirSync(join(directory, name));
  const undertaker = spawn('sh', ['-c', BURY, 'restage', directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // An interrupt of the terminal is not for it: it ends after the tests.
    detached: true,
  });
  const stop = async (): Promise<void> => {
    const ended = once(undertaker, 'exit');
    undertaker.stdin.end();
    await ended;
  };
  try {
    const { settings, endpoint } = await begin(directory);
    const admin = async (...words: readonly string[]): Promise<string> =>
      (await promisify(execFile)('radosgw-admin', ['-c', settings, ...words])).stdout;
    const user = async (name: string): Promise<Keys> => {
      const keys = { accessKeyId: `${name}-id`, secretAccessKey: `${name}-secret` };
      const given = [`--access-key=${keys.accessKeyId}`, `--secret-key=${keys.secretAccessKey}`];
      await admin('user', 'create', `--uid=${name}`, `--display-name=${name}`, ...given);
      return keys;
    };
    const bucket = async (name: string, owner: Keys): Promise<void> => {
      const { status } = await signedFetch('PUT', `${endpoint}/${name}`, owner);
      if (status !== 200) throw new Error(`the bucket ${name} was not made: ${String(status)}`);
    };
    return { endpoint, user, bucket, admin, stop };
  } catch (error) {
    const said = ['mon.a', 'osd.0', 'client.admin'].map((name) => endOf(join(directory, `log/${name}.log`)));
    await stop();
    throw new Error(`Ceph did not start: ${(error as Error).message}\n${said.join('\n')}`, { cause: error });
  }
}

/** A signed request without a body, made without restage's own client. */
export async function signedFetch(method: string, url: string, keys: Keys): Promise<Response> {
  const signer = new AwsV4Signer({ ...keys, service: 's3', region: 'us-east-1', method, url });
  const { headers } = await signer.sign();
  return fetch(url, { method, headers });
}

/**
 * Waits for the end of its input, which is the end of the tests, and ends what the pid files name. Argument: directory.
 */
const BURY = `
cat >/dev/null
for file in "$1"/run/*.pid; do [ -s "$file" ] && kill -KILL "$(cat "$file")" 2>/dev/null; done
rm -rf "$1"`;

async function begin(directory: string): Promise<{ readonly settings: string; readonly endpoint: string }> {
  const [monitor, gateway] = await freePorts();
  const settings = join(directory, 'ceph.conf');
  const [keyring, map] = [join(directory, 'keyring'), join(directory, 'monmap')];
  const run = (tool: string, ...words: readonly string[]): void => {
    execFileSync(tool, words, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000 });
  };
  writeFileSync(settings, settingsText(directory, monitor, gateway));
  const all = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *'];
  run('ceph-authtool', '--create-keyring', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *');
  run('ceph-authtool', keyring, '--gen-key', '-n', 'client.admin', ...all, '--cap', 'mgr', 'allow *');
  run(
    'ceph-authtool',
    keyring,
    '--gen-key',
    '-n',
    'osd.0',
    '--cap',
    'mon',
    'allow profile osd',
    '--cap',
    'osd',
    'allow *',
  );
  run('monmaptool', '--create', '--fsid', FSID, '--addv', 'a', `[v2:127.0.0.1:${String(monitor)}]`, map);
  run('ceph-mon', '-c', settings, '-i', 'a', '--mkfs', '--monmap', map, '--keyring', keyring);
  run('ceph-mon', '-c', settings, '-i', 'a');
  run('ceph', '-c', settings, '--connect-timeout', '30', 'osd', 'new', OSD);
  run('ceph', '-c', settings, 'auth', 'import', '-i', keyring);
  run('ceph-osd', '-c', settings, '-i', '0', '--mkfs', '--osd-uuid', OSD);
  run('ceph-osd', '-c', settings, '-i', '0');
  // Without cephx it would never answer.
  run('radosgw', '-c', settings, '-n', 'client.admin', '--no-mon-config');
  const endpoint = `http://127.0.0.1:${String(gateway)}`;
  await answered(endpoint);
  return { settings, endpoint };
}

const FSID = '22222222-2222-2222-2222-222222222222';
const OSD = '33333333-3333-3333-3333-333333333333';

function settingsText(directory: string, monitor: number, gateway: number): string {
  return `[global]
fsid = ${FSID}
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
mon host = [v2:127.0.0.1:${String(monitor)}]
mon initial members = a
run dir = ${directory}/run
admin socket = ${directory}/run/$name.asok
pid file = ${directory}/run/$name.pid
log file = ${directory}/log/$name.log
mon data = ${directory}/mon
osd data = ${directory}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon max pg per osd = 1000
osd class load list = *
osd class default list = *
ms bind ipv6 = false
public addr = 127.0.0.1
keyring = ${directory}/keyring
rgw data = ${directory}/rgw
rgw frontends = beast endpoint=127.0.0.1:${String(gateway)}
rgw dns name = localhost
`;
}

async function answered(endpoint: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await (await fetch(endpoint, { signal: AbortSignal.timeout(2000) })).arrayBuffer();
      return;
    } catch (error) {
      if (tries === 300) throw error;
      await pause(200);
    }
  }
}

async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(0, '127.0.0.1')];
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [first, second] = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return [first!, second!];
}

function endOf(file: string): string {
  return existsSync(file) ? `${file}: ${readFileSync(file, 'utf8').slice(-1500)}` : `there is no ${file}`;
}

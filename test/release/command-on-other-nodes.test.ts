/**
 * The built command line on other versions of Node: what they compile is kept, and what they bring besides is observed.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { otherNode, restageOfOtherNodes } from '../helpers/other-nodes.ts';
import { makeProject, type Project } from '../helpers/project.ts';

const PIPELINE = `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
const params = z.strictObject({ port: z.int() });
export const talk = stage({
  name: 'talk',
  params,
  inputs: {},
  outputs: { answered: json<boolean>() },
  async run({ params }) {
    const socket = new WebSocket(\`ws://127.0.0.1:\${params.port}/\`);
    const answered = await new Promise<boolean>((resolve, reject) => {
      socket.onopen = () => resolve(true);
      socket.onerror = () => reject(new Error('no answer'));
    });
    socket.close();
    return { answered };
  },
});
export default pipeline({
  name: 'talks',
  params: params.extend({ executor: z.enum(['in-process', 'worker']).default('worker') }),
  build: (p, { port, executor }) => ({ answered: p.add(talk, { executor, params: { port } }).out.answered }),
});
`;

let command: string;
beforeAll(() => {
  command = restageOfOtherNodes();
});

describe.for([22, 24] as const)('on Node %i', (major) => {
  const node = otherNode(major);
  const project = makeProject();
  project.write('index.ts', PIPELINE);
  const restage = (words: readonly string[], env: Readonly<Record<string, string | undefined>> = {}) =>
    promisify(execFile)(node!, [command, ...words], { cwd: project.root, env: { ...process.env, ...env } });

  test.for(['worker', 'in-process'])('the %s executor observes a WebSocket', async (executor, { skip }) => {
    if (node === undefined) return skip(`no Node ${major} for this machine, or no registry to get it from`);
    await using server = await webSocketServer();
    await restage(['run', '.', '-S', `port=${server.port}`, '-S', `executor=${executor}`]);
    const { stdout } = await restage(['show', 'talk']);
    expect(stdout).toMatch(new RegExp(`uses the network \\(127\\.0\\.0\\.1:${server.port}\\) +once +index\\.ts:10:`));
  });

  test('what was compiled is kept in the folder for caches, and the next process adds nothing', async ({ skip }) => {
    if (node === undefined) return skip(`no Node ${major} for this machine, or no registry to get it from`);
    const { compiled, env } = cachesOf(project);
    await using server = await webSocketServer();
    const words = ['run', '.', '-f', '-S', `port=${server.port}`];
    await restage(words, env);
    const first = filesOf(compiled);
    expect(first.length).toBeGreaterThan(5);
    await restage(words, env);
    expect(filesOf(compiled)).toEqual(first);
  });

  test('nothing is kept where Node is told not to', async ({ skip }) => {
    if (node === undefined) return skip(`no Node ${major} for this machine, or no registry to get it from`);
    const { compiled, env } = cachesOf(project);
    await restage(['log'], { ...env, NODE_DISABLE_COMPILE_CACHE: '1' });
    expect(existsSync(compiled)).toBe(false);
  });
});

let folders = 0;
function cachesOf(project: Project): { readonly compiled: string; readonly env: Readonly<Record<string, string>> } {
  const caches = project.beside(`caches-${++folders}`);
  mkdirSync(caches);
  return { compiled: join(caches, 'restage/compiled'), env: { XDG_CACHE_HOME: caches } };
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

/** Accepts connections as RFC 6455 section 4.2.2 says, and then hears nothing. */
async function webSocketServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer();
  const sockets = new Set<Duplex>();
  server.on('upgrade', ({ headers }, socket) => {
    sockets.add(socket);
    const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    socket.on('error', () => undefined).on('data', () => undefined);
    const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    socket.write([...head, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await promisify(server.close.bind(server))();
    },
  };
}

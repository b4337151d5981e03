/**
 * Sending lines to a place that is slow, refuses, hangs or says no, with real servers: nothing waits, and all is
 * counted.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { carrierTo } from '../../src/export/openlineage/carriers.ts';
import { Delivery } from '../../src/export/openlineage/delivery.ts';
import { disposableDirectory } from '../helpers/disposable.ts';

const LIMITS = { queue: 5, timeout: 50, pause: 1, closing: 40 };
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/lineage?token=hidden`;
}

async function sent(place: string, lines: readonly string[], limits = LIMITS, apiKey?: string) {
  const warnings: string[] = [];
  const carrier = await carrierTo(place, { directory: '/', apiKey });
  const delivery = new Delivery(carrier, (sentence) => warnings.push(sentence), limits);
  for (const line of lines) delivery.add(line);
  return { ...(await delivery.close()), warnings };
}

test('each line arrives by POST, in order, with the key of the environment', async () => {
  const got: string[] = [];
  const keys = new Set<string | undefined>();
  const place = await listening((request, response) => {
    keys.add(request.headers.authorization);
    request.on('data', (chunk: Buffer) => got.push(chunk.toString()));
    request.on('end', () => setTimeout(() => response.end(), 2));
  });
  const outcome = await sent(
    place,
    ['{"a":1}', '{"b":2}', '{"c":3}'],
    { ...LIMITS, closing: 5000, timeout: 5000 },
    'k',
  );
  expect({ ...outcome, got, keys: [...keys] }).toEqual({
    ...{ told: 3, lost: 0, warnings: [], keys: ['Bearer k'] },
    got: ['{"a":1}', '{"b":2}', '{"c":3}'],
  });
});

test('a server that never answers holds nothing up: one warning without the query, and all lines counted', async () => {
  const place = await listening(() => undefined);
  const { told, lost, warnings } = await sent(place, ['1', '2', '3']);
  expect([told, lost, warnings.length]).toEqual([3, 3, 1]);
  expect(warnings[0]).toMatch(
    /^OpenLineage events do not reach http:\/\/127\.0\.0\.1:\d+\/api\/v1\/lineage \(no answer/,
  );
});

test('a server that refuses connections gives one warning', async () => {
  const place = await listening(() => undefined);
  servers.splice(0).forEach((server) => server.close());
  const { lost, warnings } = await sent(place, ['1', '2'], { ...LIMITS, closing: 5000, timeout: 5000 });
  expect(lost).toBe(2);
  expect(warnings).toEqual([expect.stringContaining('(127.0.0.1 refuses the connection)')]);
});

test('a server that says no loses that line and gets the next ones', async () => {
  let asked = 0;
  const place = await listening((_, response) => {
    response.statusCode = asked++ === 0 ? 503 : 201;
    response.end();
  });
  const warnings: string[] = [];
  const carrier = await carrierTo(place, { directory: '/', apiKey: undefined });
  const delivery = new Delivery(carrier, (sentence) => warnings.push(sentence), { ...LIMITS, timeout: 5000 });
  for (const line of ['1', '2', '3']) delivery.add(line);
  while (asked < 3) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(await delivery.close()).toEqual({ told: 3, lost: 1 });
  expect(warnings).toEqual([expect.stringContaining('it answered 503')]);
});

test('more lines than the queue holds push out the oldest', async () => {
  const place = await listening(() => undefined);
  const { told, lost } = await sent(place, Array.from({ length: 20 }, String));
  expect([told, lost]).toEqual([20, 20]);
});

test('a file gets a line for each event', async () => {
  const file = join(disposableDirectory('restage-delivery-'), 'events.ndjson');
  expect(await sent(file, ['{"a":1}', '{"b":2}'], { ...LIMITS, closing: 5000 })).toMatchObject({ told: 2, lost: 0 });
  expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"b":2}\n');
});

test.each([
  ['https://ada:secret@host/x', 'give a key in the variable OPENLINEAGE_API_KEY instead'],
  ['ftp://host/x', 'give an http or https address, or a file'],
  ['/no/such/folder/file', 'cannot be written'],
])('%s is refused before anything runs', async (place, sentence) => {
  const refused = carrierTo(place, { directory: '/', apiKey: undefined });
  await expect(refused).rejects.toThrow(sentence);
  await expect(refused).rejects.not.toThrow('secret');
});

/** How long a server is asked again, by answers that it gives each time. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { S3Place } from '../../../../src/remote/places/s3/s3-place.ts';
import { readToEnd } from '../../../../src/remote/read-to-end.ts';
import { answering, FileServer, serving } from '../../../helpers/file-server.ts';

let server: FileServer;
beforeEach(async () => {
  server = await FileServer.start(answering(503));
});
afterEach(() => server.stop());

test('a server that is busy each time is asked six times', async () => {
  await expect(place().read('a')).rejects.toMatchObject({ failure: 'busy' });
  expect(server.requests).toHaveLength(6);
});

test('a server that is busy for a while is waited for', async () => {
  server.next.push(answering(503), answering(500), (request) => request.socket.destroy());
  server.usual = serving(Buffer.from('text'));
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await place().read('a', { from: 1 }))!) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toBe('ext');
  expect(server.requests).toHaveLength(4);
});

test('a refusal is told at once', async () => {
  server.usual = answering(403, '<Error><Code>AccessDenied</Code></Error>');
  await expect(place().read('a')).rejects.toMatchObject({ failure: 'denied' });
  expect(server.requests).toHaveLength(1);
});

test('silence is not waited for without end', async () => {
  server.usual = () => undefined;
  await expect(place(20).read('a')).rejects.toThrow('nothing came for 0.02 s');
  // On a busy machine a request may be given up before it arrives.
  expect(server.requests.length).toBeGreaterThan(0);
  expect(server.requests.length).toBeLessThanOrEqual(6);
});

test('an interrupt ends what is under way, and nothing is asked again', async () => {
  const stop = new AbortController();
  server.usual = () => stop.abort();
  const insert = place().insert('a', { bytes: 0, open: () => nothing() }, { signal: stop.signal });
  await expect(insert).rejects.toMatchObject({ name: 'AbortError' });
  expect(server.requests).toHaveLength(1);
});

test('a server that sends all of a blob, whatever was asked for, gives what was asked for', async () => {
  server.usual = answering(200, 'whole text');
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await place().read('a', { from: 6 }))!) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toBe('text');
});

test('a list that begins again and again is refused', async () => {
  const same = '<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>';
  server.usual = answering(200, `<ListBucketResult>${same}</ListBucketResult>`);
  await expect(place().list('')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ failure: 'refused' });
  server.usual = answering(200, '<html>Sign in</html>');
  await expect(place().list('')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ failure: 'refused' });
});

test('uploads at once that all learn of a server that takes no conditions are all stored', async () => {
  const told: (() => void)[] = [];
  server.usual = (request, response) => {
    const { method, headers } = request;
    if (method === 'HEAD') answering(404)(request, response);
    else if (headers['if-none-match'] === undefined) answering(200)(request, response);
    else told.push(() => answering(501, '<Error><Code>NotImplemented</Code></Error>')(request, response));
    // No upload learns of it before all have begun.
    if (told.length === 3) for (const answer of told.splice(0)) answer();
  };
  const bucket = place();
  const insert = (key: string): Promise<string> => bucket.insert(key, { bytes: 0, open: () => nothing() });
  expect(await Promise.all(['a', 'b', 'c'].map(insert))).toEqual(['stored', 'stored', 'stored']);
});

test('an upload in parts is stored only once the server says so, whatever its status was', async () => {
  const error = '<Error><Code>InternalError</Code></Error>';
  const done = '<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>';
  const begun = '<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>';
  const ends: string[] = [];
  server.usual = (request, response) => {
    const { method, url = '' } = request;
    response.setHeader('etag', '"x"');
    if (method === 'HEAD') answering(404)(request, response);
    else if (method === 'POST') answering(200, url.includes('uploadId') ? ends.shift()! : begun)(request, response);
    else answering(200)(request, response);
  };
  const large = {
    bytes: 9_000_000,
    open: () => [Buffer.alloc(9_000_000)].values() as unknown as AsyncIterable<Buffer>,
  };
  ends.push(error, done);
  expect(await place().insert('a', large)).toBe('stored');
  ends.push('<html>Sign in</html>');
  await expect(place().insert('a', large)).rejects.toMatchObject({ failure: 'refused' });
});

test('a blob that is read to its end is asked for six times in all', async () => {
  await expect(readToEnd(place(), 'a', undefined).next()).rejects.toMatchObject({ failure: 'busy' });
  expect(server.requests).toHaveLength(6);
});

function place(stallMs = 10_000): S3Place {
  const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL: server.url('/') };
  return new S3Place('s3://data/x', { ...keys, HOME: '/nowhere' }, { firstPauseMs: 1, stallMs });
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // An empty blob.
}

/** A bucket of a real Ceph as a place: what the server keeps, what it refuses, and in which words that is told. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwsV4Signer } from 'aws4fetch';
import type { Place } from '../../../../src/remote/places/contract.ts';
import type { ClientOptions } from '../../../../src/remote/places/s3/client.ts';
import { S3Place } from '../../../../src/remote/places/s3/s3-place.ts';
import { Remote } from '../../../../src/remote/remote.ts';
import { type Ceph, type Keys, signedFetch } from '../../../helpers/ceph.ts';
import { FaultProxy, first, type Passing } from '../../../helpers/fault-proxy.ts';
import { bytesOf, placeContract, source } from '../place-contract.ts';

const HOUR = 3_600_000;
/** No pause worth waiting for in a test. */
const QUICK: ClientOptions = { firstPauseMs: 1 };

export function environment(endpoint: string, keys: Keys): Readonly<Record<string, string>> {
  return {
    ...{ AWS_ENDPOINT_URL_S3: endpoint, AWS_ACCESS_KEY_ID: keys.accessKeyId },
    ...{ AWS_SECRET_ACCESS_KEY: keys.secretAccessKey, AWS_CONFIG_FILE: '/dev/null' },
    ...{ AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
  };
}

export function s3PlaceTests(ceph: () => Ceph): void {
  let keys: Keys;
  let proxy: FaultProxy;
  beforeAll(async () => {
    keys = await ceph().user('lab');
    await ceph().bucket('lab', keys);
    proxy = await FaultProxy.start(ceph().endpoint);
  });
  afterAll(() => proxy.stop());

  const direct = (address: string, other: Partial<Keys> = {}, options: ClientOptions = QUICK): S3Place =>
    new S3Place(address, environment(ceph().endpoint, { ...keys, ...other }), options);
  const through = (address: string): S3Place => new S3Place(address, environment(proxy.endpoint, keys), QUICK);
  const lastRequests = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    const before = proxy.requests.length;
    await work();
    return proxy.requests.slice(before);
  };

  describe('keeps what every place keeps', () => {
    let place: Place;
    beforeAll(() => {
      place = direct('s3://lab/contract/of-places');
    });
    placeContract(() => place);
  });

  test('an upload in parts that ends too early leaves no part', async () => {
    const cut = { ...source(Buffer.alloc(9_000_000)), bytes: 20_000_000 };
    await expect(direct('s3://lab/parts').insert('cut', cut)).rejects.toMatchObject({ failure: 'unreachable' });
    const uploads = await signedFetch('GET', `${ceph().endpoint}/lab?uploads=`, keys);
    expect(await uploads.text()).toMatch(/<ListMultipartUploadsResult(?!.*<Upload>)/s);
  });

  test('a blob in parts keeps the first of two writers', async () => {
    const [one, other] = [Buffer.alloc(9_000_000, 'one'), Buffer.alloc(9_000_000, 'other')];
    const place = direct('s3://lab/parts');
    expect(await place.insert('kept', source(one))).toBe('stored');
    expect(await place.insert('kept', source(other))).toBe('there');
    expect((await bytesOf(place, 'kept', 8_999_990))?.equals(one.subarray(8_999_990))).toBe(true);
  });

  test('keys are found by pages where these answer for many, and one by one where they do not', async () => {
    const place = through('s3://lab/many');
    const many = Array.from({ length: 60 }, (_, i) => `objects/${String(i).padStart(3, '0')}`);
    await Promise.all(many.map((key) => place.insert(key, source(Buffer.from(key)))));
    const found = new Map(many.map((key) => [key, 11]));
    proxy.change = (passing) =>
      resigned(keys, { ...passing, url: passing.url.replace('list-type', 'max-keys=20&list-type') });
    expect(
      await lastRequests(async () => expect(await place.find([...many, 'objects/none'])).toEqual(found)),
    ).toHaveLength(3);
    const few = ['objects/007', 'objects/none'];
    expect(
      await lastRequests(async () => expect(await place.find(few)).toEqual(new Map([['objects/007', 11]]))),
    ).toEqual(expect.arrayContaining([expect.stringMatching(/^HEAD .*007$/), expect.stringMatching(/^HEAD .*none$/)]));
    // A page answers for seven of these, and fourteen are left.
    const apart = [...many.filter((_, i) => i % 3 === 0), 'records/none'];
    const foundApart = new Map(apart.slice(0, -1).map((key) => [key, 11]));
    expect(await lastRequests(async () => expect(await place.find(apart)).toEqual(foundApart))).toHaveLength(15);
    const listed: string[] = [];
    for await (const { key } of place.list('objects/')) listed.push(key);
    expect(listed.sort()).toEqual(many);
    proxy.change = (passing) => passing;
  });

  test('an upload whose answer was lost is known again by its mark', async () => {
    const place = through('s3://lab/lost');
    await place.insert('before', source(Buffer.from('so that the server is known')));
    proxy.choose = first(1, 'lost answer', ({ method }) => method === 'PUT');
    expect(await place.insert('small', source(Buffer.from('mine')))).toBe('stored');
    proxy.choose = first(1, 'lost answer', ({ method, url }) => method === 'POST' && url.includes('uploadId'));
    expect(await place.insert('large', source(Buffer.alloc(9_000_000)))).toBe('stored');
    // Another writer comes between the request that was lost and its repetition.
    proxy.choose = first(1, 'error 500', ({ method }) => method === 'PUT');
    proxy.change = async (passing) => {
      await direct('s3://lab/lost').insert('raced', source(Buffer.from('theirs')));
      return passing;
    };
    expect(await place.insert('raced', source(Buffer.from('mine')))).toBe('there');
    proxy.change = (passing) => passing;
    expect((await bytesOf(place, 'raced'))?.toString()).toBe('theirs');
  });

  test.each(['passes over', 'refuses'])('a server that %s conditions is asked before each upload', async (kind) => {
    const place = through(`s3://lab/conditions-${kind.slice(0, 4)}`);
    const isConditional = ({ headers }: Passing): boolean => headers['if-none-match'] !== undefined;
    if (kind === 'passes over') proxy.change = (passing) => resigned(keys, passing, 'if-none-match');
    else
      proxy.instead = (passing) =>
        isConditional(passing) ? { status: 501, headers: {}, body: Buffer.alloc(0) } : undefined;
    try {
      expect(await place.insert('a', source(Buffer.from('first')))).toBe('stored');
      expect(await place.insert('a', source(Buffer.from('other')))).toBe('there');
      expect(await lastRequests(() => place.insert('b', source(Buffer.from('first'))))).toEqual([
        expect.stringMatching(/^HEAD .*b$/),
        expect.stringMatching(/^PUT .*b$/),
      ]);
      expect((await bytesOf(place, 'a'))?.toString()).toBe('first');
    } finally {
      proxy.change = (passing) => passing;
      proxy.instead = () => undefined;
    }
  });

  test('what was damaged on the way is not stored, and sent again', async () => {
    const place = through('s3://lab/flipped');
    proxy.choose = first(1, 'flipped request', ({ method, body }) => method === 'PUT' && body.length > 0);
    const bytes = Buffer.alloc(300_000, 'some text');
    expect(await place.insert('a', source(bytes))).toBe('stored');
    expect((await bytesOf(place, 'a'))?.equals(bytes)).toBe(true);
    expect(proxy.counts.get('flipped request')).toBe(1);
  });

  describe('says in one sentence, without a secret,', () => {
    const complaint = async (place: Place): Promise<{ failure: string; message: string }> => {
      const error = await place.insert('a/b', source(Buffer.from('x'))).then(
        () => expect.unreachable('it was stored'),
        (thrown: unknown) => thrown as { failure: string; message: string },
      );
      expect(error.message).not.toMatch(/lab-id|lab-secret|other-secret/);
      return error;
    };

    test('that the keys are wrong', async () => {
      expect(await complaint(direct('s3://lab/x', { secretAccessKey: 'other-secret' }))).toMatchObject({
        failure: 'denied',
        message: expect.stringContaining('check the keys and the profile') as string,
      });
      const reader = direct('s3://lab/x', { secretAccessKey: 'other-secret' });
      await expect(reader.read('a')).rejects.toThrow('check AWS_SECRET_ACCESS_KEY');
      await expect(direct('s3://lab/x', { accessKeyId: 'nobody' }).read('a')).rejects.toThrow(
        'check AWS_ACCESS_KEY_ID',
      );
    });

    test('that a bucket is somebody else’s, and that there is none', async () => {
      await ceph().bucket('theirs', await ceph().user('other'));
      expect(await complaint(direct('s3://theirs/x'))).toMatchObject({ failure: 'denied' });
      await expect(direct('s3://theirs/x').read('a')).rejects.toMatchObject({ failure: 'denied' });
      await expect(direct('s3://nowhere/x').read('a')).rejects.toThrow('there is no such bucket');
      expect(await complaint(direct('s3://nowhere/x'))).toMatchObject({ failure: 'refused' });
    });

    test('that the clock is wrong', async () => {
      const late = { ...QUICK, now: () => Date.now() - HOUR };
      expect(await complaint(direct('s3://lab/x', {}, late))).toMatchObject({
        failure: 'refused',
        message: expect.stringContaining('the clock here is 60 min behind') as string,
      });
    });

    test('that it is over its quota', async () => {
      const small = await ceph().user('small');
      await ceph().bucket('small', small);
      await ceph().admin('quota', 'set', '--quota-scope=bucket', '--uid=small', '--max-objects=0');
      await ceph().admin('quota', 'enable', '--quota-scope=bucket', '--uid=small');
      expect(await complaint(direct('s3://small/x', small))).toMatchObject({ failure: 'full' });
    });

    test('that nobody listens', async () => {
      const closed = await FaultProxy.start(ceph().endpoint);
      const gone = closed.endpoint;
      await closed.stop();
      const nobody = new S3Place('s3://lab/x', environment(gone, keys));
      expect(await complaint(nobody)).toMatchObject({
        failure: 'unreachable',
        message: expect.stringContaining('127.0.0.1 refuses the connection') as string,
      });
    });

    test('that it has other things than a remote', async () => {
      await direct('s3://lab/thesis').insert('chapter.tex', source(Buffer.from('text')));
      await expect(Remote.toWrite(direct('s3://lab/thesis'))).rejects.toMatchObject({ failure: 'foreign' });
      await expect(Remote.toRead(direct('s3://lab/thesis'))).rejects.toMatchObject({ failure: 'foreign' });
    });
  });
}

/** What was changed on the way, signed as its sender would have. */
async function resigned(keys: Keys, passing: Passing, dropped?: string): Promise<Passing> {
  const headers = Object.fromEntries(
    Object.entries(passing.headers).filter(([name]) => name !== 'authorization' && name !== dropped),
  );
  const signable = Object.entries(headers).filter(([name]) => /^x-amz-|^if-/.test(name));
  const { method } = passing;
  const url = `http://${passing.headers.host ?? ''}${passing.url}`;
  const signer = new AwsV4Signer({
    ...{ ...keys, service: 's3', region: 'us-east-1', method, url },
    headers: Object.fromEntries(signable) as Record<string, string>,
  });
  const signed = await signer.sign();
  return { ...passing, headers: { ...headers, ...Object.fromEntries(signed.headers) } };
}

/** Where a bucket is and who asks, out of the address, the environment and the user's files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { absoluteAddress } from '../../../../src/remote/places/open-place.ts';
import { type S3Access, s3Access } from '../../../../src/remote/places/s3/access.ts';
import { s3Address } from '../../../../src/remote/places/s3/address.ts';
import { addRemote } from '../../../../src/remote/settings.ts';
import { temporaryDirectory } from '../../../helpers/temporary.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

test.each([
  ['s3://data', '', 's3://data'],
  ['S3://data/group/restage/', 'group/restage/', 's3://data/group/restage'],
  [
    's3://data/x?region=eu-west-1&endpoint=https://s3.example.org:9000',
    'x/',
    's3://data/x?region=eu-west-1&endpoint=https://s3.example.org:9000',
  ],
])('the address %s has the folder "%s"', (address, prefix, kept) => {
  expect(s3Address(address)).toMatchObject({ bucket: 'data', prefix, text: kept });
  expect(absoluteAddress(address, '/somewhere')).toBe(kept);
});

test.each([
  ['s3://', 'names a bucket'],
  ['s3://a', 'names a bucket'],
  ['s3://data:80/x', 'names a bucket'],
  ['s3://data/a b', 'has a folder'],
  ['s3://data//x', 'has a folder'],
  ['s3://data/../x', 'has a folder'],
  ['s3://AKIA:hunter2@data/x', 'holds no keys'],
  ['s3://data/x?aws_secret_access_key=hunter2', 'takes endpoint, region and profile'],
  ['s3://data/x?region=EU+1', 'malformed region'],
  ['s3://data/x?profile=hunter2%1b', 'malformed profile'],
  ['s3://data/x?endpoint=localhost:9000', 'not the address of a server'],
  ['s3://data/x?endpoint=http://me:hunter2@host', 'not the address of a server'],
])('%s is refused as an address, and no secret is repeated', (address, why) => {
  const add = (): void => addRemote('/nowhere', { name: 'bucket', address: absoluteAddress(address, '/') });
  expect(add).toThrow(why);
  expect(add).not.toThrow('hunter2');
});

describe('the bucket', () => {
  const bucketOf = (address: string, env: Readonly<Record<string, string>> = {}): string =>
    s3Access(s3Address(address), { HOME: '/nowhere', ...KEYS, ...env }).bucket.href;

  test('has a host of its own at AWS, unless its name has dots', () => {
    expect(bucketOf('s3://data')).toBe('https://data.s3.us-east-1.amazonaws.com/');
    expect(bucketOf('s3://data', { AWS_REGION: 'cn-north-1' })).toBe('https://data.s3.cn-north-1.amazonaws.com.cn/');
    expect(bucketOf('s3://data.org?region=eu-west-1')).toBe('https://s3.eu-west-1.amazonaws.com/data.org/');
  });

  test('is a path of any other server', () => {
    expect(bucketOf('s3://data?endpoint=http://localhost:9000')).toBe('http://localhost:9000/data/');
    const both = { AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_S3: 'https://s3.example.org/base' };
    expect(bucketOf('s3://data', both)).toBe('https://s3.example.org/base/data/');
    expect(() => bucketOf('s3://data', { AWS_ENDPOINT_URL: 'nonsense' })).toThrow('AWS_ENDPOINT_URL has an endpoint');
  });
});

test.each(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'])(
  'a line break in %s is told without the rest of it',
  (name) => {
    const env = { ...KEYS, AWS_SESSION_TOKEN: 'token', [name]: 'hunter2\nmore' };
    const asked = (): unknown => access('s3://data', '/nowhere', env);
    expect(asked).toThrow(`${name}, or its setting in the profile, has a blank, a line break`);
    expect(asked).not.toThrow('hunter2');
  },
);

test('a region of the environment that is none is told', () => {
  expect(() => access('s3://data', '/nowhere', { ...KEYS, AWS_REGION: 'eu west' })).toThrow('correct AWS_REGION');
});

describe('the files of AWS', () => {
  test('have profiles, with the keys in one and the settings in the other', () => {
    const home = homeWith({
      credentials:
        '[default]\naws_access_key_id = one # old\naws_secret_access_key = s1\n[group]\naws_access_key_id=two\naws_secret_access_key=s/2+=\n',
      config: `; settings\n[default]\nregion = eu-north-1\n[profile group]\nregion=eu-west-3\nservices = own\n
[services own]\ns3 =\n  endpoint_url = https://s3.example.org\nec2 =\n  endpoint_url = https://ec2.example.org\n`,
    });
    expect(access('s3://data', home)).toMatchObject({
      region: 'eu-north-1',
      keys: { accessKeyId: 'one', secretAccessKey: 's1' },
    });
    const group = { region: 'eu-west-3', keys: { accessKeyId: 'two', secretAccessKey: 's/2+=' } };
    expect(access('s3://data', home, { AWS_PROFILE: 'group' })).toMatchObject(group);
    // A profile that the address names counts more than the environment, which counts more than one that it does not.
    expect(access('s3://data?profile=group', home, KEYS)).toMatchObject(group);
    expect(access('s3://data', home, { ...KEYS, AWS_PROFILE: 'group' })).toMatchObject({ keys: { accessKeyId: 'id' } });
    expect(access('s3://data?profile=group', home).bucket.href).toBe('https://s3.example.org/data/');
  });

  test('may lack what is needed, which is told', () => {
    const home = homeWith({ config: '[profile work]\nsso_session = w\n[profile bare]\nregion=x\n' });
    expect(() => access('s3://data', home)).toThrow('set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
    expect(() => access('s3://data', home, { AWS_PROFILE: 'bare' })).toThrow('the keys of the profile bare');
    expect(() => access('s3://data?profile=work', home)).toThrow('gets its keys by sso_session');
    expect(() => access('s3://data', home, { AWS_ACCESS_KEY_ID: 'id' })).toThrow('only one of them is given');
  });

  test('give the token of a session too', () => {
    const home = homeWith({
      credentials: '[default]\naws_access_key_id=a\naws_secret_access_key=b\naws_session_token=c==\n',
    });
    expect(access('s3://data', home).keys).toEqual({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c==' });
  });
});

function access(address: string, home: string, env: Readonly<Record<string, string>> = {}): S3Access {
  return s3Access(s3Address(address), { HOME: home, ...env });
}

function homeWith(files: Readonly<Record<string, string>>): string {
  const home = temporaryDirectory();
  mkdirSync(join(home, '.aws'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, '.aws', name), text);
  return home;
}

/**
 * The address of a folder in a bucket: `s3://bucket/prefix?endpoint=URL&region=NAME&profile=NAME`. It holds no secret.
 */
import { UsageError } from '../../../errors.ts';
import { isKey } from '../key.ts';

export interface S3Address {
  /** As the settings keep it. */
  readonly text: string;
  readonly bucket: string;
  /** Empty for the whole bucket; otherwise it ends with `/`. */
  readonly prefix: string;
  readonly endpoint: URL | undefined;
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
const REGION = /^[a-z0-9-]{2,40}$/;
const MAY_BE_ASKED = ['endpoint', 'region', 'profile'];

/** @throws UsageError that repeats nothing which could be a secret */
export function s3Address(text: string): S3Address {
  const malformed = (what: string): UsageError => new UsageError(`The address of a bucket ${what}`);
  if (/^[^?#]*@/.test(text))
    throw malformed(
      'holds no keys; give them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in ~/.aws/credentials.',
    );
  const [, bucket = '', path = '', query = ''] = /^s3:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i.exec(text) ?? [];
  if (!BUCKET.test(bucket))
    throw malformed('names a bucket of letters, digits and . _ -; write for example s3://bucket/folder.');
  const folder = path.replace(/\/$/, '');
  if (folder !== '' && !isKey(folder))
    throw malformed('has a folder of letters, digits and . _ - only, with one / between names; use another folder.');
  const given = new URLSearchParams(query);
  for (const name of given.keys())
    if (!MAY_BE_ASKED.includes(name))
      throw malformed(`takes endpoint, region and profile after the question mark, and nothing else.`);
  const region = given.get('region') ?? undefined;
  if (region !== undefined && !isRegion(region))
    throw malformed('has a malformed region; write for example region=eu-west-1.');
  const profile = given.get('profile') ?? undefined;
  if (profile !== undefined && /\p{Cc}/u.test(profile))
    throw malformed('has a malformed profile; write its name as ~/.aws/config has it.');
  const endpoint = given.get('endpoint');
  return {
    text: `s3://${bucket}${folder === '' ? '' : `/${folder}`}${given.size === 0 ? '' : `?${readable(given)}`}`,
    bucket,
    prefix: folder === '' ? '' : `${folder}/`,
    endpoint: endpoint === null ? undefined : s3Endpoint(endpoint, 'The address of the bucket'),
    region,
    profile,
  };
}

export function isRegion(text: string): boolean {
  return REGION.test(text);
}

/** @param where begins a sentence. @throws UsageError */
export function s3Endpoint(text: string, where: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url === undefined || !isPlain || !/^https?:$/.test(url.protocol))
    throw new UsageError(
      `${where} has an endpoint that is not the address of a server; write for example https://s3.example.org.`,
    );
  return url;
}

/** The signs of an endpoint stay as they are. */
function readable(given: URLSearchParams): string {
  return given.toString().replaceAll('%3A', ':').replaceAll('%2F', '/');
}

/**
 * How a bucket is reached and who asks: the address, the environment and the user's own files of AWS together, in the
 * order in which the AWS command line takes them. Keys are in no message, and nothing keeps them.
 */
import { RemoteError, UsageError } from '../../../errors.ts';
import { isRegion, type S3Address, s3Endpoint } from './address.ts';
import { awsFiles, type AwsFiles, type Environment, type Settings } from './aws-files.ts';

export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3Access {
  /** The bucket itself: keys come behind its path, which ends with `/`. */
  readonly bucket: URL;
  readonly region: string;
  readonly keys: S3Keys;
}

/** @throws RemoteError where there are no keys, UsageError for an endpoint that is none */
export function s3Access(address: S3Address, env: Environment): S3Access {
  const files = awsFiles(env);
  const name = address.profile ?? set(env, 'AWS_PROFILE') ?? 'default';
  const profile = files.profile(name) ?? new Map<string, string>();
  const ofMachine = set(env, 'AWS_REGION') ?? set(env, 'AWS_DEFAULT_REGION') ?? profile.get('region');
  const region = address.region ?? ofMachine ?? 'us-east-1';
  const endpoint = address.endpoint ?? configuredEndpoint(env, profile, files);
  const keys = keysOf(address, env, profile, name);
  if (!isRegion(region))
    throw new UsageError(
      `The region of ${address.text} is malformed; correct AWS_REGION or the profile, for example to eu-west-1.`,
    );
  return {
    bucket: endpoint === undefined ? bucketOfAws(address.bucket, region) : below(endpoint, address.bucket),
    region,
    keys,
  };
}

function keysOf({ text, profile: asked }: S3Address, env: Environment, profile: Settings, name: string): S3Keys {
  // A profile that the address names is meant, whatever the environment has.
  const ofEnvironment = asked === undefined ? keysIn((key) => set(env, key.toUpperCase()), text) : undefined;
  const found = ofEnvironment ?? keysIn((key) => profile.get(key), text);
  if (found !== undefined) return found;
  const other = OTHER_SOURCES.find((source) => profile.has(source));
  if (other !== undefined)
    throw new RemoteError(
      'denied',
      `The profile ${name} gets its keys by ${other}, which restage does not do; put them into the environment with: eval "$(aws configure export-credentials --profile ${name} --format env)"`,
    );
  throw new RemoteError(
    'denied',
    name === 'default'
      ? `${text} needs keys; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put them into ~/.aws/credentials.`
      : `${text} needs the keys of the profile ${name}, and ~/.aws/credentials has none; add them there, or name another profile.`,
  );
}

/** @param value by what the files call them; the environment has the same names in capitals */
function keysIn(value: (name: string) => string | undefined, text: string): S3Keys | undefined {
  const [accessKeyId, secretAccessKey] = [value('aws_access_key_id'), value('aws_secret_access_key')];
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new RemoteError(
      'denied',
      `${text} needs an access key and its secret, and only one of them is given; set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither.`,
    );
  const sessionToken = value('aws_session_token');
  for (const [name, key] of Object.entries({
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  }))
    if (key !== undefined && !SENDABLE.test(key))
      throw new RemoteError(
        'denied',
        `${text} needs keys, and ${name}, or its setting in the profile, has a blank, a line break or another character that no key has; copy it again.`,
      );
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

/** What a header of a request may hold: what it may not, the error of `fetch` would print. */
const SENDABLE = /^[\x21-\x7e]+$/;

/** A variable that is set to nothing counts as not set. */
function set(env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

const OTHER_SOURCES = [
  'credential_process',
  'sso_session',
  'sso_start_url',
  'role_arn',
  'web_identity_token_file',
  'login_session',
];

function configuredEndpoint(env: Environment, profile: Settings, files: AwsFiles): URL | undefined {
  for (const name of ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL']) {
    const given = set(env, name);
    if (given !== undefined) return s3Endpoint(given, `The environment variable ${name}`);
  }
  const services = files.services(profile.get('services') ?? '');
  const found = services?.get('s3.endpoint_url') ?? profile.get('s3.endpoint_url') ?? profile.get('endpoint_url');
  return found === undefined ? undefined : s3Endpoint(found, 'The profile in ~/.aws/config');
}

/** A name with dots fits no certificate of `*.s3.amazonaws.com`. */
function bucketOfAws(bucket: string, region: string): URL {
  const host = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  return bucket.includes('.') ? below(new URL(`https://${host}`), bucket) : new URL(`https://${bucket}.${host}/`);
}

/** Servers of one's own seldom have a name for each bucket. */
function below(endpoint: URL, bucket: string): URL {
  return new URL(`${endpoint.pathname.replace(/\/*$/, '/')}${bucket}/`, endpoint);
}

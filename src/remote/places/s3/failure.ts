/** What an answer of S3 that is not what was asked for means, what helps, and whether it is worth asking again. */
import { RemoteError } from '../../../errors.ts';
import type { RemoteFailure } from '../contract.ts';
import type { S3Complaint } from './answers.ts';

export interface S3Failure {
  readonly error: RemoteError;
  /** Another try may have another answer. */
  readonly isPassing: boolean;
  /** What the server asked for, in milliseconds. */
  readonly retryAfterMs: number;
}

export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  /** What its body says; undefined of an answer to HEAD, and of one that is none of S3. */
  readonly said: S3Complaint | undefined;
}

/** The largest difference of clocks that S3 takes. */
const MOST_SKEW_MS = 15 * 60_000;
const LONGEST_WAIT_S = 60;

/** @param now by the clock here, in milliseconds */
export function s3Failure(address: string, { status, headers, said }: Refusal, now: number): S3Failure {
  const code = said?.code ?? '';
  const isPassing = PASSING_STATUS.has(status) || PASSING.has(code);
  const what = `${address} answered ${String(status)}${code === '' ? '' : ` ${code}`}`;
  const [failure, sentence] = isPassing
    ? passing(what, status, code)
    : lasting({
        address,
        what,
        status,
        code,
        region: said?.region ?? headers.get('x-amz-bucket-region'),
        skew: skewOf(headers, now),
      });
  const wait = Number(headers.get('retry-after') ?? 0);
  return {
    error: new RemoteError(failure, sentence),
    isPassing,
    retryAfterMs: wait > 0 ? Math.min(wait, LONGEST_WAIT_S) * 1000 : 0,
  };
}

type Told = readonly [RemoteFailure, string];

function passing(what: string, status: number, code: string): Told {
  if (DAMAGED_ON_THE_WAY.has(code))
    return ['unreachable', `${what}: bytes were damaged on the way, again and again; look at the network.`];
  const isBusy = status === 503 || status === 429 || code === 'SlowDown' || status === 409;
  return [isBusy ? 'busy' : 'unreachable', `${what}, again and again; repeat the command later.`];
}

interface Lasting {
  readonly address: string;
  readonly what: string;
  readonly status: number;
  readonly code: string;
  readonly region: string | null | undefined;
  readonly skew: number;
}

function lasting({ address, what, status, code, region, skew }: Lasting): Told {
  if (status === 507 || FULL.has(code)) return ['full', `${what}: it is full, or over its quota; make room there.`];
  if (code === 'NoSuchBucket')
    return ['refused', `${address}: there is no such bucket; make it, or correct the address and the endpoint.`];
  // The answer to HEAD has no code: its date tells.
  if (code === 'RequestTimeTooSkewed' || (status === 403 && Math.abs(skew) > MOST_SKEW_MS))
    return ['refused', `${what}: the clock here is ${minutes(skew)} of that of the server; set the clock.`];
  if (code === 'AuthorizationHeaderMalformed' || status === 301 || status === 307)
    return [
      'refused',
      `${what}: the bucket is in another region; ${region == null ? 'set its region' : `set AWS_REGION=${region}, or add region=${region} to the address`}.`,
    ];
  if (status === 401 || status === 403 || DENIED.has(code))
    return ['denied', `${what}: ${DENIED.get(code) ?? UNKNOWN_RIGHTS}`];
  return ['refused', `${what}; check that the endpoint is a server of S3, and what it logs.`];
}

function skewOf(headers: Headers, now: number): number {
  const there = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(there) ? 0 : now - there;
}

function minutes(skew: number): string {
  const count = Math.round(Math.abs(skew) / 60_000);
  return count === 0 ? 'not that' : `${String(count)} min ${skew > 0 ? 'ahead' : 'behind'}`;
}

const UNKNOWN_RIGHTS =
  'these keys may not do that; check the keys and the profile, and that they may list, get and put in this bucket.';

const DENIED: ReadonlyMap<string, string> = new Map([
  [
    'InvalidAccessKeyId',
    'the server does not know this access key; check AWS_ACCESS_KEY_ID, the profile and the endpoint.',
  ],
  ['SignatureDoesNotMatch', 'the secret key does not fit the access key; check AWS_SECRET_ACCESS_KEY or the profile.'],
  ['ExpiredToken', 'the session has ended; get new keys, AWS_SESSION_TOKEN among them.'],
  ['InvalidToken', 'the session token does not fit the keys; get new keys, AWS_SESSION_TOKEN among them.'],
  ['TokenRefreshRequired', 'the session has ended; get new keys, AWS_SESSION_TOKEN among them.'],
]);

const FULL: ReadonlySet<string> = new Set(['QuotaExceeded', 'XMinioStorageFull', 'InsufficientStorage']);

const DAMAGED_ON_THE_WAY: ReadonlySet<string> = new Set(['BadDigest', 'XAmzContentSHA256Mismatch', 'IncompleteBody']);

const PASSING_STATUS: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

const PASSING: ReadonlySet<string> = new Set([
  ...DAMAGED_ON_THE_WAY,
  ...[
    'ConditionalRequestConflict',
    'InternalError',
    'OperationAborted',
    'RequestTimeout',
    'ServiceUnavailable',
    'SlowDown',
  ],
]);

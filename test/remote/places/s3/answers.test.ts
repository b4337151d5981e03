/** What S3 says, and what is none of it. */
import { expect, test } from 'vitest';
import { complaint, isPutTogether, listPage, partList, uploadId } from '../../../../src/remote/places/s3/answers.ts';
import { s3Failure } from '../../../../src/remote/places/s3/failure.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');

test('a page of a list has keys as they are, and the token of the next one', () => {
  const item = (key: string, size: string): string => `<Contents><Key>${key}</Key><Size>${size}</Size></Contents>`;
  const page = (items: string, end: string): string =>
    `<?xml version="1.0"?><ListBucketResult xmlns="x"><EncodingType>url</EncodingType>${items}${end}</ListBucketResult>`;
  const last = '<IsTruncated>false</IsTruncated>';
  expect(listPage(page(item('a%2Fb+c%26', '7'), last))).toEqual({
    blobs: [{ key: 'a/b c&', bytes: 7 }],
    next: undefined,
  });
  const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>1&lt;2&amp;</NextContinuationToken>';
  expect(listPage(page('', more))).toEqual({ blobs: [], next: '1<2&' });
  for (const wrong of [
    ...['', 'no list', '<html><body>Sign in</body></html>', page('', ''), page('', last).slice(0, -3)],
    ...[page('', '<IsTruncated>true</IsTruncated>'), page(item('a', 'many'), last), page(item('%zz', '1'), last)],
  ])
    expect(listPage(wrong)).toBeUndefined();
});

test('an upload has a name, and its end names the parts', () => {
  const begun = '<InitiateMultipartUploadResult><UploadId>2~x</UploadId></InitiateMultipartUploadResult>';
  expect(uploadId(begun)).toBe('2~x');
  expect(partList(['"a"', '"<b"'])).toBe(
    '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"a"</ETag></Part><Part><PartNumber>2</PartNumber><ETag>"&lt;b"</ETag></Part></CompleteMultipartUpload>',
  );
});

test('the end of an upload is told behind blanks that a server may send first', () => {
  const done = '<?xml version="1.0"?><CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>';
  expect(isPutTogether(` \n ${done}`)).toBe(true);
  for (const other of ['', '  ', '<Error><Code>InternalError</Code></Error>', done.slice(0, -3)])
    expect(isPutTogether(other)).toBe(false);
});

test('nothing of an error but words gets into a sentence', () => {
  expect(complaint('<Error><Code>NoSuchKey</Code><Message>x</Message></Error>')).toEqual({
    code: 'NoSuchKey',
    region: undefined,
  });
  expect(complaint('<Error><Code>\u001b[2J</Code></Error>')).toBeUndefined();
  expect(complaint('<Error><Code>A</Code><Region>eu west</Region></Error>')?.region).toBeUndefined();
});

test.each([
  [503, 'SlowDown', {}, 'busy', 'repeat the command later'],
  [429, '', {}, 'busy', '429, again and again'],
  [500, 'InternalError', {}, 'unreachable', '500 InternalError'],
  [400, 'XAmzContentSHA256Mismatch', {}, 'unreachable', 'damaged on the way'],
  [403, 'QuotaExceeded', {}, 'full', 'make room'],
  [507, '', {}, 'full', 'make room'],
  [403, 'InvalidAccessKeyId', {}, 'denied', 'AWS_ACCESS_KEY_ID'],
  [400, 'ExpiredToken', {}, 'denied', 'AWS_SESSION_TOKEN'],
  [403, '', {}, 'denied', 'may list, get and put'],
  [403, '', { date: 'Sun, 29 Nov 2026 12:20:00 GMT' }, 'refused', 'the clock here is 20 min behind'],
  [403, 'RequestTimeTooSkewed', { date: 'Sun, 29 Nov 2026 10:00:00 GMT' }, 'refused', '120 min ahead'],
  [404, 'NoSuchBucket', {}, 'refused', 'no such bucket'],
  [301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-3' }, 'refused', 'set AWS_REGION=eu-west-3'],
  [400, 'AuthorizationHeaderMalformed', {}, 'refused', 'set its region'],
  [405, '', {}, 'refused', 'a server of S3'],
])('status %i %s is told as what it is', (status, code, headers, failure, words) => {
  const said = code === '' ? undefined : { code, region: undefined };
  const found = s3Failure('s3://b/p', { status, headers: new Headers(headers), said }, NOW);
  expect(found).toMatchObject({ error: { failure }, isPassing: failure === 'busy' || failure === 'unreachable' });
  expect(found.error.message).toContain(words);
});

test('a server that names a time is asked again then, within reason', () => {
  const after = (seconds: string): number =>
    s3Failure('s3://b', { status: 503, headers: new Headers({ 'retry-after': seconds }), said: undefined }, NOW)
      .retryAfterMs;
  expect(['3', '100000', 'soon', '-1'].map(after)).toEqual([3000, 60_000, 0, 0]);
});

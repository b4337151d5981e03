/**
 * One try at fetching a remote file: requests the missing bytes and decides by the response whether to resume or to
 * start over.
 */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { RemoteFile } from '../../core/authoring/file-ref.ts';
import { type DownloadDiagnostic, looksLikeWebPage, WEB_PAGE } from './download-check.ts';
import type { PartialFile, Version } from './download-part.ts';
import { type Answer, BadAddress, httpGet, Interruption } from './http-get.ts';

export interface ReceiveOptions {
  readonly signal: AbortSignal;
  readonly stallMs: number;
  readonly onProgress: (done: number, total: number, note: string) => void;
}

/**
 * Returns undefined when all bytes are in `part`, or the reason why no try can succeed. The earlier bytes stay
 * unchanged unless the response is part of a file that could be the pinned one.
 * @throws Interruption, the file system's own errors, or the signal's reason
 */
export async function receive(
  part: PartialFile,
  remote: RemoteFile,
  options: ReceiveOptions,
): Promise<DownloadDiagnostic | undefined> {
  if (part.size > 0 && part.size === part.version?.total) return undefined;
  const headers = {
    'user-agent': 'restage',
    accept: '*/*',
    // Asks for the file's own bytes: compressed ones could be neither counted nor resumed.
    'accept-encoding': 'identity',
    ...(part.size > 0 && { range: `bytes=${part.size}-`, ...condition(part.version) }),
  };
  let answer: Answer;
  try {
    answer = await httpGet(remote.url, { headers, stallMs: options.stallMs, signal: options.signal });
  } catch (error) {
    if (error instanceof BadAddress) return { refused: true, clause: error.message };
    throw error;
  }
  try {
    return await take(answer, part, remote, options);
  } finally {
    answer.close();
  }
}

/**
 * Makes a server that has a different version by now send all of that version. A weak etag does not promise equal
 * bytes.
 */
function condition(version: Version | undefined): { readonly 'if-range'?: string } {
  const { etag = null, lastModified = null } = version ?? {};
  if (etag !== null && !etag.startsWith('W/')) return { 'if-range': etag };
  return lastModified === null ? {} : { 'if-range': lastModified };
}

async function take(
  { response, body }: Answer,
  part: PartialFile,
  remote: RemoteFile,
  { onProgress }: ReceiveOptions,
): Promise<DownloadDiagnostic | undefined> {
  const begun = begin(response, part, remote);
  if (begun === 'complete') return undefined;
  if ('clause' in begun) return begun;
  const { total } = begun.version;
  // Discards the earlier bytes only once the new body has begun and is not a web page.
  let startsOver = begun.from === 'start';
  const most = longest(remote);
  // The length cannot be right: the first bytes may show what the file is instead.
  const isWrong = total !== null && (remote.encoding === 'identity' ? total !== remote.bytes : total > most);
  const startedAt = performance.now();
  let startSize = part.size;
  for await (const chunk of body) {
    if (isWrong) return wrong(part, begun, looksLikeWebPage(chunk) ? WEB_PAGE : wrongLength(total, remote));
    if (startsOver) {
      if (part.size > 0 && looksLikeWebPage(chunk) && !looksLikeWebPage(part.start()))
        return { refused: false, clause: WEB_PAGE };
      part.restart(begun.version);
      [startsOver, startSize] = [false, 0];
    }
    part.append(chunk);
    if (part.size > most) {
      part.restart(undefined);
      return { refused: false, clause: `it has more than the pinned ${remote.bytes} bytes` };
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const rate = seconds > 0 ? `, ${megabytes((part.size - startSize) / seconds)} MB/s` : '';
    const expected = total ?? remote.bytes;
    const of = total === null ? '' : ` of ${megabytes(total)}`;
    onProgress(Math.min(part.size, expected), expected, `downloading: ${megabytes(part.size)}${of} MB${rate}`);
  }
  if (isWrong) return wrong(part, begun, wrongLength(total, remote));
  // No byte came: none was announced, or the body was empty.
  if (startsOver) {
    if (part.size > 0 && total === null) return { refused: false, clause: wrongLength(total, remote) };
    part.restart(begun.version);
  }
  if (total !== null && part.size < total) throw new Interruption('the connection was lost');
  return undefined;
}

/** A body that is worth reading: all of the file, or the bytes that are missing in `part`. */
interface Body {
  readonly from: 'start' | 'end of part';
  readonly version: Version;
}

/**
 * If a resuming response has the wrong bytes, the earlier bytes belong to the wrong file too. Any other response says
 * nothing about them.
 */
function wrong(part: PartialFile, { from }: Body, clause: string): DownloadDiagnostic {
  if (from === 'end of part') part.restart(undefined);
  return { refused: false, clause };
}

/** Decides by status and headers. */
function begin(
  response: IncomingMessage,
  part: PartialFile,
  remote: RemoteFile,
): DownloadDiagnostic | 'complete' | Body {
  const { statusCode: status = 0, headers } = response;
  const encoded = headers['content-encoding'] ?? 'identity';
  // Some servers declare a .gz file as gzip-encoded content; the bytes are the same.
  if (encoded !== 'identity' && !(remote.encoding === 'gzip' && /^(x-)?gzip$/.test(encoded)) && status < 300)
    return { refused: true, clause: `the server sends it compressed (${encoded}) although it was asked not to` };
  const length = wholeNumber(headers['content-length']);
  const version = { etag: headers.etag ?? null, lastModified: headers['last-modified'] ?? null };
  if (status === 200) return { from: 'start', version: { ...version, total: length } };
  if (status === 206) {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? [];
    const isOther = part.version?.etag != null && version.etag !== null && version.etag !== part.version.etag;
    const completeLength = wholeNumber(total);
    const isShifted =
      Number(from) !== part.size ||
      (completeLength !== null && completeLength !== (part.version?.total ?? completeLength));
    if (isOther || isShifted) {
      part.restart(undefined);
      throw new Interruption('the server continues with a different file than it began with');
    }
    part.resume();
    return { from: 'end of part', version: part.version ?? { ...version, total: completeLength } };
  }
  if (status === 416) {
    if (wholeNumber(/^bytes \*\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1]) === part.size) return 'complete';
    part.restart(undefined);
    throw new Interruption('the server has no bytes of the file beyond those that came');
  }
  const statusLine = `${status} ${STATUS_CODES[status] ?? response.statusMessage ?? ''}`.trim();
  if (status >= 500 || status === 408 || status === 425 || status === 429)
    throw new Interruption(`the server answers ${statusLine}`, { retryAfterMs: retryAfter(headers['retry-after']) });
  if (status === 401 || status === 403 || status === 407)
    return { refused: true, clause: `the server does not let it be read (${statusLine})` };
  if (status === 404 || status === 410) return { refused: true, clause: `the server has no such file (${statusLine})` };
  return { refused: true, clause: `the server answers ${statusLine}` };
}

/** Gzip makes data that cannot be compressed slightly longer. */
function longest({ encoding, bytes }: RemoteFile): number {
  return encoding === 'identity' ? bytes : Math.ceil(bytes * 1.01) + 65_536;
}

function wrongLength(total: number | null, { bytes }: RemoteFile): string {
  return `it has ${total ?? 0} bytes, but ${bytes} are pinned`;
}

const LONGEST_RETRY_AFTER_MS = 60_000;

/** In seconds. The form with a date is rare; the usual pause is enough for it. */
function retryAfter(header: string | undefined): number {
  return Math.min((wholeNumber(header) ?? 0) * 1000, LONGEST_RETRY_AFTER_MS);
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

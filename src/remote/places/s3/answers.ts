/**
 * What S3 says in XML: pages of a list, errors, and the steps of an upload in parts. What is not well-formed is
 * refused.
 */
import { createRequire } from 'node:module';
import type * as Saxes from 'saxes';

/** By require(), since it is CommonJS: Node's import reads its text for names before it evaluates it. */
const { SaxesParser } = createRequire(import.meta.url)('saxes') as typeof Saxes;

interface Element {
  readonly name: string;
  readonly children: readonly Element[];
  readonly text: string;
}

export interface ListPage {
  readonly blobs: readonly { readonly key: string; readonly bytes: number }[];
  /** Undefined at the end of the list. */
  readonly next: string | undefined;
}

/** Undefined for any other text. */
export function listPage(text: string): ListPage | undefined {
  const root = parsed(text);
  if (root?.name !== 'ListBucketResult') return undefined;
  const isEncoded = valueOf(root, 'EncodingType') === 'url';
  const isTruncated = valueOf(root, 'IsTruncated');
  const next = valueOf(root, 'NextContinuationToken');
  if (isTruncated !== 'false' && (isTruncated !== 'true' || next === undefined)) return undefined;
  const blobs: { key: string; bytes: number }[] = [];
  for (const each of root.children.filter(({ name }) => name === 'Contents')) {
    const [key, bytes] = [keyOf(valueOf(each, 'Key'), isEncoded), Number(valueOf(each, 'Size') ?? Number.NaN)];
    if (key === undefined || !Number.isSafeInteger(bytes)) return undefined;
    blobs.push({ key, bytes });
  }
  return { blobs, next: isTruncated === 'true' ? next : undefined };
}

export interface S3Complaint {
  /** A word, such as `NoSuchBucket`. */
  readonly code: string;
  /** The region that should have been named. */
  readonly region: string | undefined;
}

/** Undefined for any other text. */
export function complaint(text: string): S3Complaint | undefined {
  const root = parsed(text);
  const code = root?.name === 'Error' ? valueOf(root, 'Code') : undefined;
  // It goes into sentences, so it is a word or it is nothing.
  if (root === undefined || code === undefined || !/^[A-Za-z0-9.]{1,80}$/.test(code)) return undefined;
  const region = valueOf(root, 'Region');
  return { code, region: region !== undefined && /^[a-z0-9-]{2,40}$/.test(region) ? region : undefined };
}

/** The name of an upload that was begun. */
export function uploadId(text: string): string | undefined {
  const root = parsed(text);
  return root?.name === 'InitiateMultipartUploadResult' ? valueOf(root, 'UploadId') : undefined;
}

/** The parts of an upload, in their order, as its end names them. */
export function partList(etags: readonly string[]): string {
  const parts = etags.map(
    (etag, index) => `<Part><PartNumber>${String(index + 1)}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
}

/** Whether it says that the parts of an upload are one blob now: the status has gone before that is known. */
export function isPutTogether(text: string): boolean {
  return parsed(text)?.name === 'CompleteMultipartUploadResult';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function keyOf(text: string | undefined, isEncoded: boolean): string | undefined {
  if (text === undefined || !isEncoded) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // The escapes are malformed, so it is not a key.
    return undefined;
  }
}

function valueOf({ children }: Element, name: string): string | undefined {
  return children.find((child) => child.name === name)?.text;
}

/** Undefined for a text that is not well-formed. */
function parsed(text: string): Element | undefined {
  type Open = { name: string; children: Element[]; text: string };
  const document: Open = { name: '', children: [], text: '' };
  const open = [document];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name }) => {
    const element = { name, children: [], text: '' };
    open.at(-1)!.children.push(element);
    open.push(element);
  });
  parser.on('text', (more) => (open.at(-1)!.text += more));
  parser.on('closetag', () => open.pop());
  try {
    // A server may send blanks so that the connection lasts until it knows its answer.
    parser.write(text.trimStart()).close();
  } catch {
    return undefined;
  }
  return document.children[0];
}

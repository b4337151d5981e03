/**
 * Files that no stage made, as inputs: a file of the user's, named by its path, or a file on the network, pinned by
 * digest and length so that its content is known before it is fetched. Nothing here touches the disk or the network;
 * executors/fetch does.
 */
import { DefinitionError } from '../../errors.ts';
import { type Digest, isDigest } from '../identity/digest.ts';

/** A file that no stage made, to be wired into a `file()` input. */
export interface FileRef {
  /** Its path, or its address. */
  readonly file: string;
  /** For a file to fetch; `remoteFile` makes these. */
  readonly remote?: RemoteFile;
}

/**
 * Names an external file. A relative path starts at the working directory; `p.directory` is the directory of the
 * pipeline's file.
 */
export function externalFile(path: string): FileRef {
  return { file: path };
}

/** A file to fetch. Plain JSON: it is part of the stored graph, and of a task. */
export interface RemoteFile {
  /** http or https. */
  readonly url: string;
  /** Of the decoded content. */
  readonly sha256: Digest;
  /** Length of the decoded content. */
  readonly bytes: number;
  readonly encoding: 'identity' | 'gzip';
  /** What to do if it is unavailable: the end of a sentence. */
  readonly otherwise: string;
}

export interface RemoteFileOptions {
  readonly url: string;
  /** SHA-256 of the content, in hexadecimal: of what is in the file once it is decoded. */
  readonly sha256: string;
  /** Length of the content, decoded. */
  readonly bytes: number;
  /** `gzip` if the address gives the content compressed: it is decoded on arrival, and stages see it decoded. */
  readonly encoding?: 'identity' | 'gzip';
  /** The end of the sentence that says why the file is unavailable: what else the user can do. */
  readonly otherwise?: string;
}

const ELSEWHERE = 'fetch it by other means and wire it in with externalFile(path)';

/**
 * Names a file on the network, to be wired into a `file()` input. Its identity is the pinned digest, never the address:
 * a plan needs no network, a mirror is the same file, and so is a local copy of the content, given with `externalFile`.
 * It is fetched into the cache when a stage that takes it runs for the first time.
 *
 *     remoteFile({ url: 'https://example.org/events.csv.gz', encoding: 'gzip', bytes: 195543089, sha256: '948b...d135' })
 *
 * @throws DefinitionError
 */
export function remoteFile(options: RemoteFileOptions): FileRef {
  const { url, sha256, bytes, encoding = 'identity', otherwise = ELSEWHERE } = options;
  const refuse = (why: string): never => {
    throw new DefinitionError(`The remote file ${url} ${why}.`);
  };
  const address = URL.canParse(url) ? new URL(url) : refuse('has no valid address; write it as https://host/path');
  if (address.protocol !== 'https:' && address.protocol !== 'http:')
    refuse(`cannot be fetched over ${address.protocol.slice(0, -1)}; give an http or https address`);
  if (address.username !== '' || address.password !== '')
    throw new DefinitionError(
      `The address of the remote file at ${address.host} contains a user name or password, which would be recorded; fetch it by other means and wire it in with externalFile(path).`,
    );
  const digest = sha256.toLowerCase();
  if (!isDigest(digest)) return refuse('has no valid sha256; give the 64 hexadecimal digits of its decoded content');
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    refuse(`has ${bytes} as its length; give the number of bytes of its decoded content`);
  return { file: url, remote: { url, sha256: digest, bytes, encoding, otherwise } };
}

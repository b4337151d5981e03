/** What a key of a place is made of: segments that mean the same as a path, in a URL and in a shell. */
import { RemoteError } from '../../errors.ts';

const KEY = /^(?!\.{1,2}(?:\/|$))[\w.-]+(?:\/(?!\.{1,2}(?:\/|$))[\w.-]+)*$/;

export function isKey(text: string): boolean {
  return KEY.test(text);
}

/** The key itself. @throws RemoteError for a text that is none */
export function checkedKey(key: string): string {
  if (isKey(key)) return key;
  throw new RemoteError('refused', `${JSON.stringify(key)} is not a key of a remote.`);
}

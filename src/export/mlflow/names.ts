/** Names that MLflow takes for params, metrics and tags: each is a path in a file store, and none may be within another. */
import { sha256 } from '../../core/identity/digest.ts';

const LONGEST = 200;

/** For each of these names another that MLflow takes; the same where it takes the name itself. All of them differ. */
export function mlflowNames(names: Iterable<string>): ReadonlyMap<string, string> {
  const taken = new Map<string, string>();
  const chosen = new Map<string, string>();
  const unique = [...new Set(names)];
  // Those that stay as they are come first, so that another one never takes their place.
  for (const name of [
    ...unique.filter((each) => allowed(each) === each),
    ...unique.filter((each) => allowed(each) !== each),
  ]) {
    const wanted = allowed(name);
    const free = wanted !== '' && isFree(wanted, taken) ? wanted : marked(wanted, name);
    taken.set(free.toLowerCase(), name);
    chosen.set(name, free);
  }
  return chosen;
}

/** Letters, digits and `_-. /`; no path that means another one, and none too long for a file. */
function allowed(name: string): string {
  const segments = name
    .replaceAll(/[^\p{L}\p{N}_.\- /]/gu, '_')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .map((segment) => (segment === '..' ? '__' : segment));
  const path = segments.join('/');
  return Buffer.byteLength(path) > LONGEST ? marked(path, name) : path;
}

function marked(path: string, name: string): string {
  const flat = path.replaceAll('/', '.');
  let short = flat;
  while (Buffer.byteLength(short) > LONGEST - 10) short = [...short].slice(0, -1).join('');
  return `${short}-${sha256(name).slice(0, 8)}`;
}

function isFree(path: string, taken: ReadonlyMap<string, string>): boolean {
  const lower = path.toLowerCase();
  return [...taken.keys()].every(
    (other) => other !== lower && !other.startsWith(`${lower}/`) && !lower.startsWith(`${other}/`),
  );
}

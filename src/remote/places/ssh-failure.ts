/** What an ssh that failed means, by its status and what it said. */
import { RemoteError, type RemoteError as Failure } from '../../errors.ts';

const MEANINGS: readonly (readonly [RegExp, Failure['failure']])[] = [
  [/No space left on device|[Qq]uota exceeded|File too large/, 'full'],
  [
    /Permission denied|Read-only file system|Operation not permitted|Host key verification failed|Too many authentication/,
    'denied',
  ],
  [/Too many open files|Cannot fork|Resource temporarily unavailable/, 'busy'],
];

const REMEDIES: Readonly<Record<Failure['failure'], string>> = {
  unreachable: 'check the address, the network and the machine there, and repeat the command',
  denied: 'see that "ssh" logs in there without a question, and that the directory may be written',
  full: 'free space there, and repeat the command',
  busy: 'repeat the command later',
  foreign: 'correct the address',
  damaged: 'repeat the command',
  refused: 'see what that means there, and repeat the command',
};

/** @param code of the process: 255 is of ssh itself, null means that a signal ended it */
export function sshFailure(address: string, code: number | null, said: string): RemoteError {
  const last = said.trim().split(/\r?\n/).at(-1) ?? '';
  const known = MEANINGS.find(([pattern]) => pattern.test(said))?.[1];
  const failure = known ?? (code === 255 || code === null ? 'unreachable' : 'refused');
  const what = last === '' ? `ssh ended with status ${String(code)}` : last.replace(/\.$/, '');
  return new RemoteError(failure, `${address}: ${what}; ${REMEDIES[failure]}.`);
}

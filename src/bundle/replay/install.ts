/** Installs the packages of a bundle, as its lock file says: with npm, which checks the integrity of each. */
import { spawn } from 'node:child_process';
import { startRefusal } from '../../core/diagnostics/system-refusal.ts';
import { BundleError } from '../../errors.ts';
import type { LockSlice } from '../lock/lock-slice.ts';

/** @throws BundleError if npm is not there, has no registry, or finds another package than the lock file says */
export async function installPackages(folder: string, { packages }: LockSlice, signal?: AbortSignal): Promise<void> {
  if (Object.keys(packages).length === 0) return;
  const { code, output } = await run(
    'npm',
    ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier'],
    folder,
    signal,
  );
  if (code !== 0 && signal?.aborted !== true) throw refused(folder, output);
}

function refused(folder: string, output: string): BundleError {
  const lines = output
    .split('\n')
    .map((line) => line.replace(/^npm (?:error|ERR!) ?/, '').trim())
    .filter((line) => line !== '' && !line.includes('complete log'));
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ENOTCACHED|ERR_SOCKET/.test(output))
    return new BundleError(
      `The packages of the bundle cannot be installed: npm cannot reach a registry (${lines.find((line) => /^(?:code|network|request)/.test(line)) ?? lines[0] ?? 'no reason given'}); connect to a network, or fill npm's cache first.`,
    );
  if (output.includes('EINTEGRITY'))
    return new BundleError(
      'The registry has other bytes for a package than the bundle says, so nothing was executed; ask whoever made the bundle, and look at the registry.',
    );
  return new BundleError(
    `The packages of the bundle cannot be installed in ${folder}: ${lines.slice(0, 2).join('; ') || 'npm gave no reason'}.`,
  );
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function run(command: string, args: readonly string[], cwd: string, signal?: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      ...(signal && { signal }),
    });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (cause: NodeJS.ErrnoException) => {
      if (signal?.aborted === true) resolve({ code: null, output: '' });
      else
        reject(
          new BundleError(
            `npm, which installs the packages of the bundle, cannot be started: ${startRefusal(cause)}.`,
            {
              cause,
            },
          ),
        );
    });
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
  });
}

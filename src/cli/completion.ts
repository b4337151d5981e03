/** `restage completion`: the script that teaches a shell to complete our words. It asks `restage __complete` for them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { didYouMean } from '../core/diagnostics/did-you-mean.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { Call } from './verbs.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export function completionVerb({ positionals: [shell = ''], io }: Call): Promise<number> {
  const known = SHELLS.find((each) => each === shell);
  if (known === undefined)
    throw new UsageError(
      `There is no completion for the shell "${shell}"${didYouMean(shell, SHELLS)}; choose bash, zsh or fish.`,
    );
  const script = readFileSync(new URL(`completion/restage.${known}`, import.meta.url), 'utf8');
  // For a shell that finds no `restage` of its own: one that was run by npx, or from a clone.
  const cli = fileURLToPath(new URL('bin.js', import.meta.url));
  io.writeOut(script.replaceAll('@RESTAGE@', () => cli.replaceAll("'", "'\\''")));
  return Promise.resolve(EXIT.ok);
}

/**
 * `restage completion`: the script by which a shell completes this command line. The script asks `restage __complete`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { flag } from '../arguments/options.ts';
import { OUTPUT } from '../arguments/shared.ts';
import type { Verb } from '../arguments/verb.ts';
import { writeJson } from '../output/json.ts';

const SHELLS = ['bash', 'zsh', 'fish'];

export const verb: Verb = {
  name: 'completion',
  summary: 'print the completion script for bash, zsh or fish',
  positionals: [{ name: 'shell', help: 'bash, zsh or fish', complete: [{ words: SHELLS }] }],
  options: OUTPUT,
  examples: ['source <(restage completion bash)'],
  run(call) {
    const [shell = ''] = call.positionals;
    if (!SHELLS.includes(shell))
      throw new UsageError(
        `There is no completion for the shell "${shell}"${didYouMean(shell, SHELLS)}; choose bash, zsh or fish.`,
      );
    const template = readFileSync(new URL(`../completion/scripts/restage.${shell}`, import.meta.url), 'utf8');
    // For a shell that finds no `restage` of its own, because npx ran it, or it is in a clone.
    const cli = fileURLToPath(new URL('../bin.js', import.meta.url));
    const script = template.replaceAll('@RESTAGE@', () => cli.replaceAll("'", "'\\''"));
    if (flag(call, 'json')) writeJson(call, { shell, script });
    else call.io.writeOut(script);
    return Promise.resolve(EXIT.ok);
  },
};

/** Another Node for tests of what code does, or is, in a process of its own. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freshDirectory } from './fixture.ts';

/** Runs a module's text in a fresh Node. */
export function inChild(
  source: string,
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): string {
  const file = join(freshDirectory(), 'main.mjs');
  writeFileSync(file, source);
  return execFileSync(process.execPath, [file], {
    cwd: options.cwd ?? dirname(file),
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
    encoding: 'utf8',
  });
}

/**
 * Builds what is not built: npm calls this after an installation, but also when npx is first used in a clone, and
 * whenever a project that links to one is installed. Judged as make would, by the newest time of a source and the
 * oldest of what it gives.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const COMMAND = 'dist/cli/bin.js';
const SOURCES = ['src', '.config', 'package.json', 'tsconfig.json'];

if (!existsSync(COMMAND) || newest(SOURCES) > statSync(COMMAND).mtimeMs)
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 2, 2] });

/** Of files and folders alike: a folder's time changes when a file is added to it or taken away. */
function newest(paths) {
  return paths.reduce((latest, path) => {
    const stat = statSync(path);
    const within = stat.isDirectory() ? newest(readdirSync(path).map((name) => join(path, name))) : 0;
    return Math.max(latest, stat.mtimeMs, within);
  }, 0);
}

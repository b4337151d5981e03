/** Other versions of Node to run things with: npm's builds of them, fetched once by `npm ci` in test/helpers/nodes. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('./nodes', import.meta.url));

/** The executable of this major version; undefined where there is none for this machine, or no registry to get it from. */
export function otherNode(major: 22 | 24): string | undefined {
  const executable = `${FOLDER}/node_modules/node${major}-${process.arch}/bin/node`;
  if (!existsSync(executable) && process.platform === 'linux') {
    try {
      // No links to executables: they would come before the node that runs the tests.
      execFileSync('npm', ['ci', '--no-bin-links'], { cwd: FOLDER, stdio: 'pipe', timeout: 240_000 });
    } catch {
      return undefined;
    }
  }
  return existsSync(executable) ? executable : undefined;
}

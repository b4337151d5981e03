/**
 * Finds a project around the directory of temporary files: tests about projects that are not inside another one skip
 * then.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Why the directory is inside a project; undefined if it is not. */
export function projectAbove(directory: string): string | undefined {
  const above = dirname(directory);
  if (above === directory) return undefined;
  for (const name of ['package.json', '.git'])
    if (existsSync(join(above, name)))
      return `temporary files are inside a project, as ${join(above, name)} shows; set TMPDIR to a folder outside every project`;
  return projectAbove(above);
}

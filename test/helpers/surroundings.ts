/** Projects above the directory of temporary files, for tests about projects that are not inside another one. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Why a directory is not outside of any project; undefined where it is. */
export function projectAbove(directory: string): string | undefined {
  const above = dirname(directory);
  if (above === directory) return undefined;
  for (const name of ['package.json', '.git'])
    if (existsSync(join(above, name)))
      return `temporary files are within a project, as ${join(above, name)} shows; set TMPDIR to a folder outside of any`;
  return projectAbove(above);
}

/**
 * Another user, who may read a project and write nowhere in it. Only root can start one, where all may read what
 * restage needs.
 */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Project } from './project.ts';

/** Its number. */
export const NOBODY = 65534;

/** Lets it read the project; says why it cannot start restage there, and undefined where it can. */
export async function admitNobody(project: Project): Promise<string | undefined> {
  chmodSync(dirname(project.root), 0o755);
  const cache = project.beside('cache-of-nobody');
  mkdirSync(cache);
  chmodSync(cache, 0o777);
  const code = await project.restage(['graph', project.root, '--cache', cache], { uid: NOBODY }).then(
    (finished) => finished.code,
    (error: unknown) => (error as NodeJS.ErrnoException).code,
  );
  rmSync(cache, { recursive: true });
  return code === 0
    ? undefined
    : `no other user can start restage here (${code}), as root can have one do where all may read Node, this folder and ${dirname(dirname(project.root))}`;
}

/** What fsck says of a project's cache. */
import type { Project } from './project.ts';

export interface Checked {
  readonly code: number | null;
  /** Kinds of the damages that it found. */
  readonly kinds: readonly string[];
}

export async function fsck(project: Project, ...options: readonly string[]): Promise<Checked> {
  const { code, stdout } = await project.restage(['fsck', '--json', '--cache', project.cache, ...options]);
  const { findings } = JSON.parse(stdout) as { findings: readonly { kind: string; damage: boolean; text: string }[] };
  return { code, kinds: findings.filter(({ damage }) => damage).map(({ kind }) => kind) };
}

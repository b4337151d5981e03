/** What fsck says of a project's cache. */
import type { Finished } from './run-result.ts';

export interface Checked {
  readonly code: number | null;
  /** Kinds of the damages that it found. */
  readonly kinds: readonly string[];
}

/** A project that can run command lines, in processes or in this one. */
interface Runner {
  readonly cache: string;
  restage(args: readonly string[]): Promise<Finished>;
}

export async function fsck(project: Runner, ...options: readonly string[]): Promise<Checked> {
  const { code, stdout } = await project.restage(['fsck', '--json', '--cache', project.cache, ...options]);
  const { findings } = JSON.parse(stdout) as { findings: readonly { kind: string; damage: boolean; text: string }[] };
  return { code, kinds: findings.filter(({ damage }) => damage).map(({ kind }) => kind) };
}

/**
 * What helpers do after each test file. Files may share a process and the modules of the helpers, so a hook of vitest
 * in a helper would serve the first of them alone; `clean-up.ts`, which every file runs, calls these.
 */
const works: (() => void | Promise<void>)[] = [];

/** Does this after each file from now on; what a helper registers before those that import it, after theirs. */
export function afterEachFile(work: () => void | Promise<void>): void {
  works.push(work);
}

export async function cleanUp(): Promise<void> {
  for (const work of works.toReversed()) await work();
}

/** Builtin modules with which code loads, or starts, files that it names as it pleases. */
const OPEN_ENDED: ReadonlySet<string> = new Set(['module', 'worker_threads', 'child_process', 'cluster']);

/** Whether a module that loads this one may load more than its text names. */
export function hidesByLoading(specifier: string): boolean {
  return OPEN_ENDED.has(specifier.replace(/^node:/, ''));
}

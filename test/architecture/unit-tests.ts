/** Which tests start a command line, a terminal or another Node, told from what they import, directly or through helpers. */
import { importsIn, type Sources } from './rules.ts';

/** Helpers that start such processes. */
const STARTERS: readonly string[] = ['test/helpers/other-nodes.ts', 'test/helpers/project.ts', 'test/helpers/tmux.ts'];

/** Test files that must not start one, and import a helper that does; types alone do no harm. */
export function startingTests(sources: Sources, isUnit: (file: string) => boolean): readonly string[] {
  const targets = new Map<string, string[]>();
  for (const { file, target, typeOnly } of importsIn(sources))
    if (target !== undefined && !typeOnly) targets.set(file, [...(targets.get(file) ?? []), target]);
  return [...sources.keys()].filter((file) => {
    if (!/\.test\.tsx?$/.test(file) || !isUnit(file)) return false;
    const reached = new Set([file]);
    for (const each of reached) for (const target of targets.get(each) ?? []) reached.add(target);
    return STARTERS.some((starter) => reached.has(starter));
  });
}

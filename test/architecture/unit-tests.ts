/** Which tests execute whole projects or start processes, told from what they import, directly or through helpers. */
import { importsIn, type Sources } from './imports.ts';

/** Helpers that start a command line, a terminal or another Node, besides files that start a Node by themselves. */
const STARTERS: readonly string[] = ['test/helpers/other-nodes.ts', 'test/helpers/project.ts', 'test/helpers/tmux.ts'];
const STARTS_NODE = /\bprocess\.execPath\b|^import \{[^}]*\bfork\b[^}]*\} from 'node:child_process'/m;

/** Test files and helpers that start a command line, a terminal or another Node. */
export function startersIn(sources: Sources): readonly string[] {
  const own = [...sources].filter(([file, text]) => file.startsWith('test/') && STARTS_NODE.test(text));
  return [...STARTERS, ...own.map(([file]) => file)];
}

/** Helpers that execute a project in the test's own process. */
export const EXECUTERS: readonly string[] = ['test/helpers/in-process-project.ts'];

/** Test files of a kind that import one of these helpers though they must not; types alone do no harm. */
export function testsThatReach(
  helpers: readonly string[],
  sources: Sources,
  isOfKind: (file: string) => boolean,
): readonly string[] {
  const targets = new Map<string, string[]>();
  for (const { file, target, typeOnly } of importsIn(sources))
    if (target !== undefined && !typeOnly) targets.set(file, [...(targets.get(file) ?? []), target]);
  return [...sources.keys()].filter((file) => {
    if (!/\.test\.tsx?$/.test(file) || !isOfKind(file)) return false;
    const reached = new Set([file]);
    for (const each of reached) for (const target of targets.get(each) ?? []) reached.add(target);
    return helpers.some((helper) => reached.has(helper));
  });
}

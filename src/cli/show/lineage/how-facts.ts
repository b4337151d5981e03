/** What `restage how --json` prints: the answer without what only this process understands. */
import type { How } from '../../../audit/lineage/how.ts';
import { effectsFacts } from '../studies/effects.ts';

export function howFacts({ subject, today, again, ...lineage }: How) {
  const { run, roots, path, value, digest, file, effects } = subject;
  return {
    subject: {
      ...subject,
      run: run ?? null,
      roots: roots.map(({ state, node, output, result }) => ({
        state,
        node,
        output: output ?? null,
        result: result ?? null,
      })),
      path: path ?? null,
      value: value ?? null,
      digest: digest ?? null,
      file: file ?? null,
      effects: effects === undefined ? null : effectsFacts(effects),
    },
    ...lineage,
    today: today ?? null,
    again: again ?? null,
  };
}

/** `restage tree`: an experiment that was run, or a run and what was branched off it, as a tree of states. */
import { extname } from 'node:path';
import { EXIT, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { flag, text } from '../arguments/options.ts';
import { COMMON, outputOption } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { branchesMeant, unknownBranch } from '../lookup/branches-meant.ts';
import { findNamed } from '../lookup/look-up.ts';
import { studyMeant } from '../lookup/study-meant.ts';
import { withCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { writeOutputFile } from '../output/output-file.ts';
import { screenOf } from '../output/screen.ts';
import { runTreeLines, treeLines } from '../show/studies/tree.ts';

export const verb: Verb = {
  name: 'tree',
  summary: 'an experiment or a run as a tree: the shared trunk, and what each branch changes, adds and reaches',
  positionals: [
    {
      name: 'experiment|run',
      help: 'the name of an experiment that was run, or of a branch of it (tricks/plain), or a run that others were branched off; default: the latest experiment',
      optional: true,
      complete: ['tags'],
    },
  ],
  options: [
    { long: 'tag', value: 'EXPR', help: "only branches of these names: 'without-*', '!plain* & !base', 'a | b'" },
    outputOption('draw it in this file instead: .svg, or .dot for Graphviz'),
    ...COMMON,
  ],
  examples: ['restage tree', "restage tree ingredients --tag 'without-*'", 'restage tree ingredients -o tree.svg'],
  also: ['branches'],
  async run(call) {
    await withCache(call, async (cache) => {
      const [name] = call.positionals;
      const run =
        name === undefined || branchesMeant(cache.query, name) !== undefined ? undefined : runNamed(cache, call, name);
      if (run !== undefined) {
        await tellRun(cache, call, run);
        return;
      }
      const branches = name === undefined ? undefined : branchesMeant(cache.query, name);
      const record = branches?.study ?? studyMeant(cache, name);
      const { studyTree } = await import('../../study/results/tree.ts');
      const { hasTags, parseTagExpression } = await import('../../audit/runs/tag-expression.ts');
      const asked = text(call, 'tag');
      const expression = asked === undefined ? undefined : parseTagExpression(asked);
      const isMeant = (branch: string): boolean => branches?.branch == null || branches.branch === branch;
      const tree = studyTree(
        cache,
        record,
        (branch) => isMeant(branch) && (expression === undefined || hasTags(expression, [branch])),
      );
      const file = text(call, 'output');
      if (file !== undefined) writeOutputFile(call.io, file, await drawn(tree, file));
      if (flag(call, 'json')) writeJson(call, { kind: 'tree', ...tree, file: file ?? null });
      else
        writeLines(
          call.io,
          file === undefined ? treeLines(tree, screenOf(call.io)) : [`The tree of ${record.name} is in ${file}`],
        );
    });
    return EXIT.ok;
  },
};

/** Undefined for a word that names no run. @throws UsageError for an unknown branch of an experiment */
function runNamed(cache: Cache, call: Call, word: string): RunRecord | undefined {
  const unknown = unknownBranch(cache.query, word);
  if (unknown !== undefined) throw unknown;
  const found = findNamed(cache, /^\d{1,15}$/.test(word) ? `run:${word}` : word, call);
  return found?.kind === 'run' ? found.run : undefined;
}

/** @throws UsageError for options that are about experiments */
async function tellRun(cache: Cache, call: Call, run: RunRecord): Promise<void> {
  if (text(call, 'tag') !== undefined || text(call, 'output') !== undefined)
    throw new UsageError('--tag and -o are for experiments; omit them, or name an experiment.');
  const { runTree } = await import('../../study/branching/run-tree.ts');
  const tree = runTree(cache, run);
  if (flag(call, 'json')) writeJson(call, { kind: 'run-tree', root: tree });
  else writeLines(call.io, runTreeLines(tree, screenOf(call.io)));
}

async function drawn(tree: Parameters<typeof treeLines>[0], file: string): Promise<string> {
  const { drawTree } = await import('../../report/tree-picture.ts');
  const picture = drawTree(tree);
  switch (extname(file).toLowerCase()) {
    case '.svg':
      return (await import('../../report/svg.ts')).toSvg(picture);
    case '.dot':
    case '.gv':
      return (await import('../../report/dot.ts')).toDot(picture);
    default:
      throw new UsageError(`The ending of ${file} gives no format of a drawing; use .svg or .dot.`);
  }
}

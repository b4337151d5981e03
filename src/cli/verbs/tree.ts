/** `restage tree`: an experiment that was run, as a tree of states. */
import { extname } from 'node:path';
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { EXIT, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { StudyRecord } from '../../store/query/studies.ts';
import { flag, text } from '../arguments/options.ts';
import { COMMON, outputOption } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { withCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { writeOutputFile } from '../output/output-file.ts';
import { screenOf } from '../output/screen.ts';
import { treeLines } from '../show/tree.ts';

export const verb: Verb = {
  name: 'tree',
  summary: 'an experiment as a tree of states: the shared trunk, and what each branch adds and reaches',
  positionals: [
    { name: 'experiment', help: 'the name of an experiment that was run; default: the latest', optional: true },
  ],
  options: [
    { long: 'tag', value: 'EXPR', help: "only branches of these names: 'without-*', '!plain* & !base', 'a | b'" },
    outputOption('draw it there instead: .svg, or .dot for Graphviz'),
    ...COMMON,
  ],
  examples: ['restage tree', "restage tree ingredients --tag 'without-*'", 'restage tree ingredients -o tree.svg'],
  also: ['branches'],
  async run(call) {
    await withCache(call, async (cache) => {
      const record = studyMeant(cache, call.positionals[0]);
      const { studyTree } = await import('../../study/tree.ts');
      const { hasTags, parseTagExpression } = await import('../../audit/runs/tag-expression.ts');
      const asked = text(call, 'tag');
      const expression = asked === undefined ? undefined : parseTagExpression(asked);
      const tree = studyTree(cache, record, (name) => expression === undefined || hasTags(expression, [name]));
      const file = text(call, 'output');
      if (file !== undefined) writeOutputFile(call.io, file, await drawn(tree, file));
      if (flag(call, 'json')) writeJson(call, { kind: 'tree', ...tree, file: file ?? null });
      else writeLines(call.io, file === undefined ? treeLines(tree, screenOf(call.io)) : [`${record.name} is drawn in ${file}`]);
    });
    return EXIT.ok;
  },
};

/** @throws UsageError */
function studyMeant({ query }: Cache, name: string | undefined): StudyRecord {
  const found = query.studies.latest(name);
  if (found !== undefined) return found;
  const known = query.studies.names();
  if (name === undefined || known.length === 0)
    throw new UsageError('No experiment is on record yet; run one with: restage ablate FILE');
  throw new UsageError(
    `No experiment named ${name} is on record${didYouMean(name, known)}; there is ${known.join(', ')}.`,
  );
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

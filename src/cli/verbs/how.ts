/** `restage how`: how a number, an output, a file, a state or a run was made, down to its roots. */
import type { How } from '../../audit/lineage/how.ts';
import type { Cache } from '../../store/cache.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { flag, text } from '../arguments/options.ts';
import { COMMON, OF_PIPELINE, outputOption } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { nothingCalled } from '../lookup/not-found.ts';
import { isBundle, withCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { writeOutputFile } from '../output/output-file.ts';
import { screenOf } from '../output/screen.ts';
import { suggest } from '../output/suggest.ts';

const FORMATS = ['tree', 'dot', 'svg'] as const;

export const verb: Verb = {
  name: 'how',
  summary: 'how a number, an output, a file, a state or a run was made, down to its inputs',
  positionals: [
    {
      name: 'what',
      help: 'a number (3.32), a metric or value (score.ams, run:3/train.loss), a file, an output, a node, a digest, a run or a tag',
      complete: ['recorded nodes', 'tags', 'files'],
    },
  ],
  options: [
    { long: 'tree', help: 'a tree of states, from what was asked for down to the files' },
    { long: 'dot', help: 'a picture in the language of Graphviz' },
    { long: 'svg', help: 'a picture' },
    { long: 'full', help: 'in a picture, a box for each state instead of one for each step' },
    { long: 'without-today', help: 'do not look whether files, code, packages and parameters are the same today' },
    outputOption('where to write it'),
    OF_PIPELINE,
    ...COMMON,
  ],
  exclusive: [
    ['tree', 'dot'],
    ['tree', 'svg'],
    ['dot', 'svg'],
  ],
  examples: [
    'restage how 3.32',
    'restage how run:3/score.ams',
    'restage how report.html',
    'restage how score --svg -o score.svg',
  ],
  also: ['lineage', 'provenance', 'trace', 'origin', 'blame'],
  async run(call) {
    const [what = ''] = call.positionals;
    const file = text(call, 'output');
    await withCache(call, async (cache) => {
      const told = await tell(cache, what, call);
      if (flag(call, 'json')) {
        const { howFacts } = await import('../show/lineage/how-facts.ts');
        writeJson(call, howFacts(told));
      } else {
        const content = await contentOf(told, call, file !== undefined);
        if (file === undefined) call.io.writeOut(content);
        else {
          writeOutputFile(call.io, file, content);
          writeLines(call.io, [`How ${what} was made is in ${file}`]);
        }
      }
    });
    return EXIT.ok;
  },
};

/** @throws UsageError for a word that means nothing on record */
async function tell(cache: Cache, what: string, call: Call): Promise<How> {
  const { findSubject } = await import('../../audit/lineage/find-subject.ts');
  const { how } = await import('../../audit/lineage/how.ts');
  const { subjectSearch, todaysPlace } = await import('../lookup/find-subject.ts');
  const subject = await findSubject(cache, what, subjectSearch(cache, call));
  if (subject === undefined) throw await nothingCalled(cache, what, call);
  const isPicture = FORMATS.some((format) => flag(call, format)) && !flag(call, 'json');
  // A bundle comes from elsewhere: the files that it names are not those of this machine.
  if (isBundle(cache.directory)) {
    const again = { commands: [['restage', 'replay', cache.directory]], obstacles: [] };
    return { ...(await how(cache, subject, undefined)), again };
  }
  return how(cache, subject, isPicture || flag(call, 'without-today') ? undefined : todaysPlace(call));
}

/** Graphviz takes a minute for a few thousand boxes, and nobody can read them. */
const MOST_SVG_BOXES = 2000;

/** @throws UsageError for a picture of too many boxes */
async function contentOf(told: How, call: Call, isFile: boolean): Promise<string> {
  const screen = screenOf(call.io);
  const format = FORMATS.find((each) => flag(call, each));
  switch (format) {
    case undefined: {
      const { howLines } = await import('../show/lineage/how.ts');
      const style = isFile ? (await import('../../ui/text/style.ts')).styleFor(false, {}) : screen.style;
      return `${howLines(told, (...words) => suggest(call, ...words), { ...screen, style }).join('\n')}\n`;
    }
    case 'tree': {
      const { treeLines } = await import('../show/lineage/how-tree.ts');
      const { styleFor } = await import('../../ui/text/style.ts');
      return `${treeLines(told, isFile ? styleFor(false, {}) : screen.style).join('\n')}\n`;
    }
    case 'dot':
    case 'svg': {
      const { drawLineage } = await import('../../report/lineage-picture.ts');
      const picture = drawLineage(told, { full: flag(call, 'full') });
      if (format === 'dot') return (await import('../../report/dot.ts')).toDot(picture);
      if (picture.boxes.length > MOST_SVG_BOXES)
        throw new UsageError(
          `The lineage of ${told.subject.asked} has ${picture.boxes.length} boxes, too many to draw; omit --full, or use --dot.`,
        );
      return (await import('../../report/svg.ts')).toSvg(picture);
    }
  }
}

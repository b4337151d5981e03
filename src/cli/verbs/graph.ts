/**
 * `restage graph`: the pipeline as a picture, coloured by what is up to date; or a run, by what became of its nodes.
 */
import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { parseReference } from '../../core/reference/reference.ts';
import { EXIT, RestageError, UsageError } from '../../errors.ts';
import type { Drawable, NodeStatus, Picture } from '../../report/picture.ts';
import { flag, refusePipelineOptions, text } from '../arguments/options.ts';
import { COMMON, IDENTITY, outputOption, PIPELINE } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { findNamed, lookUp } from '../lookup/look-up.ts';
import { withCache } from '../lookup/open-cache.ts';
import { graphOf, type Opened, withPipeline } from '../lookup/with-pipeline.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { writeOutputFile } from '../output/output-file.ts';

const DRAWERS: Readonly<Record<string, (picture: Picture) => Promise<string>>> = {
  dot: async (picture) => (await import('../../report/dot.ts')).toDot(picture),
  mermaid: async (picture) => (await import('../../report/mermaid.ts')).toMermaid(picture),
  svg: async (picture) => (await import('../../report/svg.ts')).toSvg(picture),
};

export const verb: Verb = {
  name: 'graph',
  summary: 'draw a pipeline as it is now, or a run as it was',
  positionals: [
    {
      name: 'pipeline|run',
      help: `${PIPELINE.help}; or a run (run:12, or its tag)`,
      optional: true,
      complete: ['pipelines', 'files', 'tags'],
    },
  ],
  options: [
    {
      long: 'format',
      value: 'NAME',
      choices: Object.keys(DRAWERS),
      help: "dot, mermaid or svg; default: by the file's ending, or dot",
    },
    outputOption('where to write it; its ending gives the format'),
    { long: 'full', help: 'every node, instead of one box for the instances of a stage' },
    ...IDENTITY,
    ...COMMON,
  ],
  examples: ['restage graph pipelines/higgs -o higgs.svg', 'restage graph run:12 -o run.svg'],
  also: ['dag', 'draw', 'plot', 'viz', 'visualize'],
  async run(call) {
    const file = text(call, 'output');
    const language = text(call, 'format') ?? (file === undefined ? 'dot' : languageOf(file));
    const { drawPicture } = await import('../../report/picture.ts');
    const reference = await referenceMeant(call);
    const { graph, statuses } = await (reference === undefined
      ? withPipeline(call, graphAndStatuses)
      : graphOfRecord(call, reference));
    const picture = drawPicture(graph, { full: flag(call, 'full'), statuses });
    if (language === 'svg' && picture.boxes.length > MOST_SVG_BOXES)
      throw new UsageError(
        `${graph.pipeline} has ${picture.boxes.length} boxes, too many to draw; ${flag(call, 'full') ? 'omit --full, or ' : ''}use --format dot.`,
      );
    const drawn = await DRAWERS[language]!(picture);
    if (file !== undefined) writeOutputFile(call.io, file, drawn);
    if (flag(call, 'json')) writeJson(call, { ...picture, language, file: file ?? null });
    else if (file === undefined) call.io.writeOut(drawn);
    else writeLines(call.io, [`The graph of ${graph.pipeline} is in ${file}`]);
    return EXIT.ok;
  },
};

/** The reference to what is on record; undefined for a pipeline. A path that exists is a pipeline. */
async function referenceMeant(call: Call): Promise<string | undefined> {
  const [what] = call.positionals;
  if (what === undefined || existsSync(resolve(call.io.cwd, what))) return undefined;
  if (/^(\d{1,15}|latest)$/.test(what)) return `run:${what}`;
  const { run, tag } = parseReference(what);
  if (run !== undefined || tag !== undefined) return what;
  return (await isTagOfRun(call, what)) ? what : undefined;
}

/** A word that is not a tag is a pipeline that is missing: the sentence about that is the helpful one. */
async function isTagOfRun(call: Call, word: string): Promise<boolean> {
  try {
    return await withCache(call, (cache) => Promise.resolve(findNamed(cache, word, call)?.kind === 'run'));
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

const ENDINGS: Readonly<Record<string, string>> = { '.dot': 'dot', '.gv': 'dot', '.mmd': 'mermaid', '.svg': 'svg' };
/** Graphviz takes a minute for a few thousand boxes, and nobody can read them. */
const MOST_SVG_BOXES = 2000;

function languageOf(file: string): string {
  const language = ENDINGS[extname(file).toLowerCase()];
  if (language !== undefined) return language;
  throw new UsageError(
    `The ending of ${file} gives no format of a drawing; use .dot, .mmd or .svg, or give one with --format.`,
  );
}

interface GraphAndStatuses {
  readonly graph: Drawable;
  readonly statuses: ReadonlyMap<string, NodeStatus>;
}

/** @throws UsageError for what is not a run */
async function graphOfRecord(call: Call, word: string): Promise<GraphAndStatuses> {
  refusePipelineOptions(call);
  return withCache(call, async (cache) => {
    const found = await lookUp(cache, word, call);
    if (found.kind !== 'run')
      throw new UsageError(
        `graph draws a pipeline as it is now, or a run, and ${word} is neither; name a run as run:N or by its tag, or ask how ${word} was made with: restage how ${word} --svg`,
      );
    const { drawnRun } = await import('../../report/run-drawing.ts');
    const { drawable, statuses } = drawnRun(cache.query, found.run);
    return { graph: drawable, statuses };
  });
}

/**
 * The statuses are empty where no plan can be made, because a backend or an input file is missing: the picture helps
 * even then.
 */
async function graphAndStatuses(opened: Opened): Promise<GraphAndStatuses> {
  const { cache, request } = opened;
  const { prepare } = await import('../../planning/plan/prepared-run.ts');
  try {
    const { definition, steps } = await prepare(cache, request);
    const { graph } = definition;
    const statuses = new Map(
      steps.flatMap(({ status }, index) => (status === 'excluded' ? [] : [[graph.nodes[index]!.id, status] as const])),
    );
    // Before the first run every node would run, and colours would say nothing.
    const isNew = ![...statuses.values()].includes('hit');
    return { graph, statuses: isNew ? new Map() : statuses };
  } catch (error) {
    if (error instanceof RestageError) return { graph: await graphOf(opened), statuses: new Map() };
    throw error;
  }
}

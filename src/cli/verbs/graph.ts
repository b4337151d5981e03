/** `restage graph`: the pipeline as a picture, coloured by what is up to date. */
import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import type { Graph } from '../../core/graph/graph.ts';
import { parseReference } from '../../core/reference/reference.ts';
import type { PlannedStatus } from '../../planning/plan/plan-report.ts';
import { EXIT, RestageError, UsageError } from '../../errors.ts';
import type { Picture } from '../../report/picture.ts';
import { flag, text } from '../arguments/options.ts';
import { COMMON, IDENTITY, outputOption, PIPELINE } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { graphOf, type Opened, withPipeline } from '../lookup/with-pipeline.ts';
import { writeJson } from '../output/json.ts';
import { writeOutputFile } from '../output/output-file.ts';

const DRAWERS: Readonly<Record<string, (picture: Picture) => Promise<string>>> = {
  dot: async (picture) => (await import('../../report/dot.ts')).toDot(picture),
  mermaid: async (picture) => (await import('../../report/mermaid.ts')).toMermaid(picture),
  svg: async (picture) => (await import('../../report/svg.ts')).toSvg(picture),
};

export const verb: Verb = {
  name: 'graph',
  summary: 'draw the pipeline',
  positionals: [PIPELINE],
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
  examples: ['restage graph pipelines/higgs -o higgs.svg'],
  also: ['dag', 'draw', 'plot', 'viz', 'visualize'],
  async run(call) {
    refuseReference(call);
    const file = text(call, 'output');
    const language = text(call, 'format') ?? (file === undefined ? 'dot' : languageOf(file));
    const { drawPicture } = await import('../../report/picture.ts');
    const { graph, statuses } = await withPipeline(call, graphAndStatuses);
    const picture = drawPicture(graph, { full: flag(call, 'full'), statuses });
    if (language === 'svg' && picture.boxes.length > MOST_SVG_BOXES)
      throw new UsageError(
        `${graph.pipeline} has ${picture.boxes.length} boxes, too many to draw; omit --full, or use --format dot.`,
      );
    const drawn = await DRAWERS[language]!(picture);
    if (file !== undefined) writeOutputFile(call.io, file, drawn);
    if (flag(call, 'json')) writeJson(call, { ...picture, language, file: file ?? null });
    else call.io.writeOut(file === undefined ? drawn : `${graph.pipeline} is drawn in ${file}\n`);
    return EXIT.ok;
  },
};

/** A run keeps its nodes, and not how its graph was defined. @throws UsageError */
function refuseReference({ positionals: [what], io }: Call): void {
  if (what === undefined || existsSync(resolve(io.cwd, what))) return;
  const { run, tag } = parseReference(what);
  if (run !== undefined || tag !== undefined)
    throw new UsageError(
      `graph draws a pipeline as it is defined now, and ${what} is on record; name the pipeline, or look at it with: restage show ${what}`,
    );
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
  readonly graph: Graph;
  readonly statuses: ReadonlyMap<string, PlannedStatus>;
}

/** The statuses are empty where no plan can be made, because a backend or an input file is missing: the picture helps even then. */
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

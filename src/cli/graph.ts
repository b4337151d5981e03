/** `restage graph`: the pipeline as a picture, coloured by what is up to date. */
import { extname } from 'node:path';
import type { PipelineRequest } from '../planning/request/request.ts';
import type { PlannedStatus } from '../planning/plan/plan-report.ts';
import { EXIT, RestageError, UsageError } from '../errors.ts';
import { drawPicture, type Picture } from '../report/picture.ts';
import { define } from './definition.ts';
import { choice, flag, text } from './options.ts';
import { writeOutputFile } from './output-file.ts';
import { pipelineRequest } from './pipeline-request.ts';
import { writeJson } from './output/json.ts';
import type { Call } from './verbs.ts';

const FORMATS: Readonly<Record<string, (picture: Picture) => Promise<string>>> = {
  dot: async (picture) => (await import('../report/dot.ts')).toDot(picture),
  mermaid: async (picture) => (await import('../report/mermaid.ts')).toMermaid(picture),
  svg: async (picture) => (await import('../report/svg.ts')).toSvg(picture),
};
const ENDINGS: Readonly<Record<string, string>> = { '.dot': 'dot', '.gv': 'dot', '.mmd': 'mermaid', '.svg': 'svg' };
/** Graphviz takes a minute for a few thousand boxes, and nobody can read them. */
const MOST_SVG_BOXES = 2000;

export async function graphVerb(call: Call): Promise<number> {
  const file = text(call, 'output');
  const format = choice(call, 'format') ?? (file === undefined ? 'dot' : formatOf(file));
  const request = await pipelineRequest(call);
  const { graph } = await define(request);
  const picture = drawPicture(graph, { full: flag(call, 'full'), statuses: await statusesOf(request) });
  if (format === 'svg' && picture.boxes.length > MOST_SVG_BOXES)
    throw new UsageError(
      `${graph.pipeline} has ${picture.boxes.length} boxes, too many to draw; leave --full away, or take --format dot.`,
    );
  const drawn = await FORMATS[format]!(picture);
  if (file !== undefined) writeOutputFile(call.io, file, drawn);
  if (flag(call, 'json')) writeJson(call, { ...picture, format, file: file ?? null });
  else call.io.writeOut(file === undefined ? drawn : `${graph.pipeline} is drawn in ${file}\n`);
  return EXIT.ok;
}

function formatOf(file: string): string {
  const format = ENDINGS[extname(file).toLowerCase()];
  if (format !== undefined) return format;
  throw new UsageError(`The ending of ${file} tells no format; use .dot, .mmd or .svg, or give one with --format.`);
}

/** The picture is worth having even where no plan can be made: for want of a backend, or of an input file. */
async function statusesOf(request: PipelineRequest): Promise<ReadonlyMap<string, PlannedStatus>> {
  const { plan } = await import('../planning/plan/plan-command.ts');
  try {
    const { nodes, counts } = await plan(request);
    // Before the first run everything is to run: a colour would tell nothing.
    return counts.hit === 0 ? new Map() : new Map(nodes.map(({ node, status }) => [node, status]));
  } catch (error) {
    if (error instanceof RestageError) return new Map();
    throw error;
  }
}

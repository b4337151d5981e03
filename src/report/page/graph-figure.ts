/**
 * The graph of a run by stages, as SVG of the page: Graphviz places boxes and arrows, and the page's own colours and
 * links are drawn there.
 */
import type { ReportStage, ReportStages } from '../../audit/report/stages.ts';
import { plural } from '../../ui/text/format.ts';
import { PARTS, partLink } from './anchors.ts';
import { type Html, markup } from './html.ts';
import { OUTCOMES, outcomeWord } from './words.ts';

/** Nobody can read more, and Graphviz takes long. */
const MOST_BOXES = 150;
const HEIGHT = 44;
const CHARACTER = 7.6;
const LONGEST = 34;

export async function graphFigure({ stages, links }: ReportStages): Promise<Html> {
  if (stages.length === 0) return markup`<p class="note">No node is on record.</p>`;
  if (stages.length > MOST_BOXES)
    return markup`<p class="note">${stages.length} stages are too many to draw; they are ${partLink(PARTS.stages, 'listed below')}, producers first.</p>`;
  const placed = await layOut(stages, links);
  const { width, height } = placed;
  return markup`<div class="scroll graph" tabindex="0" role="region" aria-label="Graph of the stages"><svg viewBox="0 0 ${rounded(width)} ${rounded(height)}" width="${rounded(width)}" height="${rounded(height)}" role="group" aria-label="Graph of ${plural(stages.length, 'stage')}"><g class="arrows" aria-hidden="true">${placed.arrows.map((arrow) => arrowHtml(arrow))}</g>${stages.map((stage, index) => boxHtml(stage, index, placed.boxes[index]!))}</svg></div>`;
}

interface Box {
  /** Of its middle, from the top left. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

interface Placed {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly arrows: readonly {
    readonly path: string;
    readonly end: readonly [number, number];
    readonly angle: number;
  }[];
}

async function layOut(stages: ReportStages['stages'], links: ReportStages['links']): Promise<Placed> {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz');
  const graphviz = await Graphviz.load();
  const widths = stages.map((stage) => 30 + CHARACTER * Math.max(...linesOf(stage).map(({ length }) => length), 8));
  const dot = [
    'digraph {',
    'graph [rankdir=TB, nodesep=0.28, ranksep=0.42]',
    'node [shape=box, fixedsize=true, label=""]',
    ...widths.map((width, index) => `b${index} [width=${width / 72}, height=${HEIGHT / 72}]`),
    // Where nothing is known to lead to it, a stage that failed or was skipped is at the end as well.
    ...stages.flatMap((stage, index) => (isLoose(stage) ? [`{rank=sink; b${index}}`] : [])),
    ...links.map(({ from, to }) => `b${from} -> b${to}`),
    '}',
  ].join('\n');
  const laid = JSON.parse(graphviz.layout(dot, 'json', 'dot')) as Laid;
  const [, , width, height] = laid.bb.split(',').map(Number) as [number, number, number, number];
  const boxes = new Map(
    // A group of boxes is an object without a place.
    laid.objects.flatMap(({ name, pos }) =>
      pos === undefined ? [] : [[name, pos.split(',').map(Number) as [number, number]] as const],
    ),
  );
  const pad = 4;
  return {
    width: width + 2 * pad,
    height: height + 2 * pad,
    boxes: widths.map((own, index) => {
      const [x, y] = boxes.get(`b${index}`)!;
      return { x: x + pad, y: height - y + pad, width: own };
    }),
    arrows: (laid.edges ?? []).map(({ pos }) => arrowOf(pos, height, pad)),
  };
}

function isLoose({ counts, nodes }: ReportStage): boolean {
  return nodes.length > 0 && nodes.length === (counts.failed ?? 0) + (counts.skipped ?? 0);
}

interface Laid {
  readonly bb: string;
  readonly objects: readonly { readonly name: string; readonly pos?: string }[];
  readonly edges?: readonly { readonly pos: string }[];
}

/** `e,x,y x,y ...`: where the tip is, then the points of the curve. Heights are counted from below. */
function arrowOf(pos: string, height: number, pad: number): Placed['arrows'][number] {
  const points = pos
    .replace(/^e,/, '')
    .split(' ')
    .map((pair): [number, number] => {
      const [x, y] = pair.split(',').map(Number) as [number, number];
      return [x + pad, height - y + pad];
    });
  const [tip, start, ...curve] = points as [[number, number], [number, number], ...[number, number][]];
  const before = curve.at(-1) ?? start;
  const word = ([x, y]: readonly [number, number]): string => `${rounded(x)},${rounded(y)}`;
  return {
    path: `M${word(start)}C${curve.map(word).join(' ')}`,
    end: tip,
    angle: (Math.atan2(tip[1] - before[1], tip[0] - before[0]) * 180) / Math.PI,
  };
}

function arrowHtml({ path, end, angle }: Placed['arrows'][number]): Html {
  return markup`<path d="${path}"/><path class="tip" d="M0 0L-8 -3.4L-8 3.4Z" transform="translate(${rounded(end[0])} ${rounded(end[1])}) rotate(${rounded(angle)})"/>`;
}

function boxHtml(stage: ReportStage, index: number, { x, y, width }: Box): Html {
  const present = OUTCOMES.filter((outcome) => (stage.counts[outcome] ?? 0) > 0);
  const [title, detail] = linesOf(stage) as [string, string];
  const left = x - width / 2;
  const top = y - HEIGHT / 2;
  // Where nodes fared differently, each outcome has its share of the strip below.
  const strips = (present.length < 2 ? [] : present).map((outcome, n) => {
    const before = present.slice(0, n).reduce((sum, each) => sum + stage.counts[each]!, 0) / stage.nodes.length;
    const share = stage.counts[outcome]! / stage.nodes.length;
    return markup`<rect class="strip o-${outcome}" x="${rounded(left + 8 + before * (width - 16))}" y="${rounded(top + HEIGHT - 6)}" width="${rounded(share * (width - 16))}" height="3"/>`;
  });
  const outcome = present.length === 1 ? present[0]! : present.includes('failed') ? 'failed' : 'mixed';
  return markup`<a href="#g${index}" class="box o-${outcome}"><title>${stage.stage}: ${title}, ${detail}</title><rect class="frame" x="${rounded(left)}" y="${rounded(top)}" width="${rounded(width)}" height="${HEIGHT}" rx="7"/><text x="${rounded(x)}" y="${rounded(y - 4)}">${title}</text><text class="detail" x="${rounded(x)}" y="${rounded(y + 11)}">${detail}</text>${strips}</a>`;
}

/** The name with the number of nodes, and what became of them. */
function linesOf({ name, nodes, counts }: ReportStage): readonly string[] {
  const present = OUTCOMES.filter((outcome) => (counts[outcome] ?? 0) > 0);
  const short = name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 1)}…`;
  const words = present.map((outcome) =>
    present.length === 1 ? outcomeWord(outcome) : `${counts[outcome]} ${outcomeWord(outcome)}`,
  );
  return [nodes.length === 1 ? short : `${short} ×${nodes.length}`, words.join(', ')];
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}

/** `restage plan` and `restage run -n`: what would run, and why. Nodes of one name with one reason share a line. */
import type { PlannedNode, PlannedStatus, PlanReport } from '../../planning/plan/plan-report.ts';
import { short } from '../../core/identity/digest.ts';
import { EXIT } from '../../errors.ts';
import { formatSeconds, plural } from '../../ui/text/format.ts';
import type { Style } from '../../ui/text/style.ts';
import { flag, text } from '../arguments/options.ts';
import { COMMON, EXECUTOR, IDENTITY, PIPELINE, SELECTION, TARGETS } from '../arguments/shared.ts';
import type { Verb } from '../arguments/verb.ts';
import { planOf, withPipeline } from '../lookup/with-pipeline.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { type Screen, screenOf } from '../output/screen.ts';
import { type Cell, tableLines } from '../output/table.ts';
import { type PlannedGroup, plannedGroups } from '../show/runs/planned-groups.ts';

export const verb: Verb = {
  name: 'plan',
  summary: 'say what would run, and why',
  positionals: [PIPELINE, TARGETS],
  options: [...IDENTITY, ...SELECTION, EXECUTOR, { long: 'full', help: 'one line for every node' }, ...COMMON],
  examples: ['restage plan pipelines/higgs -S train.learningRatePeak=0.02'],
  also: ['preview', 'dry-run', 'dryrun'],
  async run(call) {
    const report = await withPipeline(call, async (opened) => {
      if (text(call, 'like') !== undefined) {
        const { sayWhatDiffers } = await import('../lookup/like-run.ts');
        await sayWhatDiffers(call, opened.request);
      }
      return planOf(opened);
    });
    if (flag(call, 'json')) writeJson(call, report);
    else writeLines(call.io, planLines(report, flag(call, 'full'), screenOf(call.io)));
    return EXIT.ok;
  },
};

type Group = PlannedGroup<PlannedNode>;

const COLUMNS = [
  { title: 'what', least: 16 },
  { title: '' },
  { title: 'seconds', rank: 0 },
  { title: 'why', least: 20 },
];

function planLines(
  { pipeline, nodes, counts, recordedInputs, notices, experiment }: PlanReport,
  full: boolean,
  { style, width }: Screen,
): readonly string[] {
  const open = nodes.filter(({ status }) => status !== 'hit');
  const told = nodes.filter(({ status, reason }) => status !== 'hit' || reason !== '');
  if (told.length === 0)
    return [
      ...notices,
      style.green(
        `${pipeline}: nothing to run, ${nodes.length === 1 ? 'its one node is' : `all ${nodes.length} nodes are`} up to date`,
      ),
    ];
  const rows = (
    full
      ? nodes.map((node): Group => ({ name: node.node, reason: node.reason, members: [node] }))
      : plannedGroups(told, experiment)
  ).map((group) => row(group, style));
  const known = open.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  const total = known.reduce((sum, seconds) => sum + seconds, 0);
  const unknown = open.length - known.length;
  return [
    ...tableLines(COLUMNS, rows, width),
    '',
    ...notices,
    ...recordedInputs.map(
      ({ reference, node, output, state, run, missing }) =>
        `${reference} is ${output} of ${node}, state ${short(state)}, made by run ${run}${missing ? '; its bytes are missing and are made again from the record' : ''}`,
    ),
    `${pipeline}: ${counts.run} to run, ${counts.pending} pending on their inputs, ${counts.hit} up to date`,
    ...(known.length === 0
      ? []
      : [
          `about ${formatSeconds(total)} of work by the mean past duration of each stage${unknown === 0 ? '' : `, not counting ${plural(unknown, 'node')} of stages that never ran`}`,
        ]),
  ];
}

function row({ name, reason, members }: Group, style: Style): readonly Cell[] {
  const { status } = members[0]!;
  const known = members.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  const seconds = known.reduce((sum, each) => sum + each, 0);
  return [name, [status, statusPaint(status, style)], known.length === 0 ? '' : secondsText(seconds), reason];
}

/** A tenth of a second, or two digits of what is shorter than a second. */
function secondsText(seconds: number): string {
  return seconds < 1 ? String(Number(seconds.toPrecision(2))) : seconds.toFixed(1);
}

function statusPaint(status: PlannedStatus, style: Style): (text: string) => string {
  switch (status) {
    case 'hit':
      return (text) => style.green(text);
    case 'run':
      return (text) => style.yellow(text);
    case 'pending':
      return (text) => style.dim(text);
  }
}
